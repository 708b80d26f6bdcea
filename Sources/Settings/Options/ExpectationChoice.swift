import Health

/// What is expected beyond a status line or a connection, by the type of the check.
struct ExpectationChoice {
  let diagnostics: Diagnostics
  /// With the defaults.
  let options: Options
  let own: Options
  let location: SourceLocation

  func apply(to checker: inout Checker) {
    switch checker.kind {
    case .http, .https: answer(&checker)
    case .tcp: dialog(&checker)
    case .grpc: break
    }
  }

  private func answer(_ checker: inout Checker) {
    switch options.expect {
    case .answer(let expectations):
      if !expectations.isEmpty { checker.expectations = expectations }
      if expectations.readsBody, isHead(checker) {
        tell(.expect, "no body comes after HEAD", remedy: "use GET, or expect headers alone")
      }
    case .bytes:
      // What `defaults` say is for the upstreams of another type.
      guard own.expect != nil else { return }
      tell(
        .expect, "\"expect\" of an answer of HTTP is a mapping",
        remedy: "write expect: \(ExpectReader.example)")
    case nil: break
    }
  }

  private func isHead(_ checker: Checker) -> Bool {
    checker.parts.map { $0.method == "HEAD" } ?? checker.request.starts(with: Array("HEAD ".utf8))
  }

  private func dialog(_ checker: inout Checker) {
    if let steps = options.steps {
      if let other = [OptionName.send, .expect].first(where: { own.locations[$0] != nil }) {
        tell(other, "\"\(other.rawValue)\" stands beside \"steps\"", remedy: "make it the first step")
      }
      checker.steps = steps
      return
    }
    switch options.expect {
    case .bytes(let expected): checker.steps = [DialogStep(send: options.send ?? [], expect: expected)]
    case .answer where own.expect != nil:
      tell(
        .expect, "over plain TCP \"expect\" is a text, bytes or a regular expression",
        remedy: "write expect: \"+PONG\", expect: {hex: \"0a\"} or expect: {matches: '^220 '}")
    case .answer, nil:
      guard own.send != nil, own.locations[.expect] == nil else { return }
      tell(.send, "\"send\" stands without \"expect\"", remedy: "add expect: what the peer answers")
    }
  }

  private func tell(_ name: OptionName, _ what: String, remedy: String) {
    diagnostics.problem(options.locations[name] ?? location, what, remedy: remedy)
  }
}
