import Health

/// Makes a check of options: what is required, and what has to fit together.
struct CheckBuilder {
  let diagnostics: Diagnostics
  let dialect: Dialect

  /// - Parameters:
  ///   - own: what stands at the upstream itself.
  ///   - defaults: what holds where that says nothing.
  ///   - place: of the call or the mapping; what is missing has no place of its own.
  /// - Returns: nil when there was a problem.
  func check(_ own: Options, defaults: Options, at location: SourceLocation) -> Check? {
    let options = own.over(defaults)
    tell(options, own)
    guard let kind = requiredKind(options, location) else { return nil }
    if kind == .none { return Check.none }
    guard hasBothOrNeither(options, location) else { return nil }
    let stream = StreamChoice(diagnostics: diagnostics, options: options, own: own, location: location)
    var checker = Checker(kind: kind.checked)
    switch kind {
    case .http, .https:
      let sent = RequestChoice(diagnostics: diagnostics, dialect: dialect).choose(own, defaults)
      guard sent != .nothing else {
        requestMissing(options, location)
        return nil
      }
      checker.request = sent == .verbatim ? options.request ?? [] : []
      checker.parts = sent == .composed ? RequestChoice.parts(options) : nil
      checker.validStatuses = options.statuses ?? []
      guard stream.apply(to: &checker, isVerbatim: sent == .verbatim) else { return nil }
    case .grpc: guard stream.applyGrpc(to: &checker) else { return nil }
    case .tcp, .none: break
    }
    apply(options, to: &checker)
    ExpectationChoice(diagnostics: diagnostics, options: options, own: own, location: location)
      .apply(to: &checker)
    guard fits(checker, options, location) else { return nil }
    return .probed(checker)
  }

  private func requestMissing(_ options: Options, _ location: SourceLocation) {
    if options.httpVersion == .two {
      return diagnostics.problem(
        location, "no request is said for HTTP/2",
        remedy: "add \(dialect.assign("path", yaml: "/", lua: "\"/\""))")
    }
    diagnostics.problem(
      location, "\"http_req\" option required",
      remedy: "add \(dialect.assign("http_req", yaml: OptionReader.example))"
        + (dialect == .yaml ? ", or path: / to have one composed" : ""))
  }

  private func hasBothOrNeither(_ options: Options, _ location: SourceLocation) -> Bool {
    guard options.isSecured, (options.cert == nil) != (options.key == nil) else { return true }
    let (given, missing): (OptionName, OptionName) = options.cert == nil ? (.key, .cert) : (.cert, .key)
    diagnostics.problem(
      options.locations[given] ?? location, "\"\(given.rawValue)\" without \"\(missing.rawValue)\"",
      remedy: "add \(missing.rawValue) with the path of a PEM file, or leave both out")
    return false
  }

  /// What lua-resty does without `host`, is done of settings written for it: the chain is verified, and not the name.
  private func tls(_ options: Options) -> TLSOptions {
    let usual: TLSOptions.Verify = dialect == .lua && options.host == nil ? .chain : .full
    var verify = options.verify ?? usual
    if verify == .full { verify = usual }
    var tls = TLSOptions(host: options.host, verify: verify)
    tls.ca = options.ca
    tls.certificate = options.cert
    tls.key = options.key
    tls.minimum = options.tlsMinimum ?? tls.minimum
    tls.warningMs = options.certificateWarningMs ?? tls.warningMs
    return tls
  }

  /// What was found in the values that have an effect; of the others, that they have none.
  private func tell(_ options: Options, _ own: Options) {
    for name in OptionName.allCases {
      if OptionName.secured.contains(name), options.kind == .grpc, !options.isSecured {
        if let location = own.locations[name] {
          diagnostics.notice(
            location,
            "\"\(name.rawValue)\" has no effect without \(dialect.assign("tls", yaml: "true", lua: "true"))")
        }
      } else if name.hasEffect(with: options.kind) {
        diagnostics.tell(options.diagnostics[name] ?? [])
      } else if let location = own.locations[name], let kind = options.kind {
        diagnostics.notice(location, Self.noEffect(name, kind))
      }
    }
  }

  static func noEffect(_ name: OptionName, _ kind: Options.Kind) -> String {
    "\"\(name.rawValue)\" has no effect with type \(kind.rawValue)"
  }

  private func requiredKind(_ options: Options, _ location: SourceLocation) -> Options.Kind? {
    if options.kind == nil, options.locations[.type] == nil {
      let alternative = dialect == .yaml ? ", or type: none to show the upstream unchecked" : ""
      diagnostics.problem(
        location, "\"type\" option required",
        remedy: "add \(dialect.assign("type", yaml: "http", lua: "\"http\"")) or "
          + dialect.assign("type", yaml: "tcp", lua: "\"tcp\"") + alternative)
    }
    return options.kind
  }

  private func apply(_ options: Options, to checker: inout Checker) {
    checker.intervalMs = options.intervalMs ?? checker.intervalMs
    checker.timeoutMs = options.timeoutMs ?? checker.timeoutMs
    checker.fastIntervalMs = options.fastIntervalMs
    checker.thresholds.fall = options.fall ?? checker.thresholds.fall
    checker.thresholds.rise = options.rise ?? checker.thresholds.rise
    checker.concurrency = options.concurrency
    checker.port = options.port
    checker.close = checker.isHTTP ? options.close ?? checker.close : .fin
    if options.isSecured { checker.tls = tls(options) }
    checker.probers = options.probers ?? checker.probers
    checker.quorum = options.quorum ?? checker.quorum
    checker.respectDown = options.respectDown ?? checker.respectDown
    checker.degradedAboveMs = options.degradedAboveMs
    checker.panicBelow = options.panicBelow
  }

  private func fits(_ checker: Checker, _ options: Options, _ location: SourceLocation) -> Bool {
    var fits = true
    if case .count(let count) = checker.quorum, count > checker.probers {
      diagnostics.problem(
        options.locations[.quorum] ?? location,
        "quorum \(count) is above probers, which is \(checker.probers)",
        remedy: "give at most \(checker.probers), or raise probers")
      fits = false
    }
    if let fast = checker.fastIntervalMs, fast > checker.intervalMs {
      diagnostics.problem(
        options.locations[.fastInterval] ?? location,
        "fast_interval \(Number.duration(fast)) is longer than the interval, which is "
          + Number.duration(checker.intervalMs),
        remedy: "give at most \(Number.duration(checker.intervalMs))")
      fits = false
    }
    if let aboveMs = checker.degradedAboveMs, aboveMs >= checker.timeoutMs {
      diagnostics.problem(
        options.locations[.degradedAbove] ?? location,
        "degraded_above \(Number.duration(aboveMs)) is never reached: the timeout is "
          + Number.duration(checker.timeoutMs),
        remedy: "give less than \(Number.duration(checker.timeoutMs))")
      fits = false
    }
    return fits
  }
}

extension Options.Kind {
  /// Of one that is probed.
  fileprivate var checked: Checker.Kind {
    switch self {
    case .http, .none: .http
    case .https: .https
    case .tcp: .tcp
    case .grpc: .grpc
    }
  }
}
