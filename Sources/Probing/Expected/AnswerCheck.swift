import Health
import Matching

/// Judges what follows the status line of one answer. It is fed with bytes, in pieces of any size, and says as soon as
/// it knows; how the pieces are cut changes nothing.
package final class AnswerCheck {
  private let expected: ExpectedAnswer
  private let status: UInt16
  private let isOld: Bool
  private let isStreamed: Bool
  private var head = AnswerHead()
  /// Nil: the headers have not ended.
  private var framing: AnswerHead.Framing?
  /// The body so far, or the start of it that may be shown.
  private var kept: [UInt8] = []
  /// Bytes of the body so far.
  private var count = 0
  /// How far each search is.
  private var states: [Int]
  private var unmet: Int
  private static let shown = 64

  /// How the peer goes on once the answer is decided.
  package private(set) var rest = AnswerRest.untilEnd

  /// - Parameters:
  ///   - status: of the answer.
  ///   - isOld: its line says HTTP/1.0.
  ///   - isStreamed: it comes in HTTP/2, which frames the body: that ends with `end`.
  package init(_ expected: ExpectedAnswer, status: UInt16, isOld: Bool, isStreamed: Bool = false) {
    self.expected = expected
    self.status = status
    self.isOld = isOld
    self.isStreamed = isStreamed
    states = [Int](repeating: 0, count: expected.searches.count)
    unmet = expected.searches.count
  }

  /// How far the answer has come, as a clause.
  package var progress: String {
    if framing == nil { return "status \(status) came, its headers did not end" }
    return "status \(status) came, \(count) bytes of its body, and it did not end"
  }

  /// - Parameter piece: the next bytes behind the status line.
  /// - Returns: nil: it depends on what follows.
  package func take(_ piece: UnsafeBufferPointer<UInt8>) -> AnswerVerdict? {
    var at = 0
    let verdict = take(piece, &at)
    if verdict != nil, let framing, framing.isPersistent {
      rest = framing.body.rest(beyond: UnsafeBufferPointer(rebasing: piece[min(at, piece.count)...]))
    }
    return verdict
  }

  private func take(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> AnswerVerdict? {
    if framing == nil {
      switch head.take(piece, &at) {
      case .more: return nil
      case .tooLong:
        return .failed(.badHeader, "headers longer than \(Printable.size(StatusLine.longest))")
      case .end: if let verdict = judgeHead() { return verdict }
      }
    }
    while true {
      switch framing?.body.next(piece, &at) {
      case .data(let range):
        if let verdict = takeBody(UnsafeBufferPointer(rebasing: piece[range])) { return verdict }
      case .end: return judgeBody(isCut: false)
      case .malformed(let what): return .failed(.badBody, what)
      case .more, nil: return nil
      }
    }
  }

  /// The peer has closed.
  package func end() -> AnswerVerdict {
    guard let framing, framing.body.endsWithConnection else {
      return .failed(.closedEarly, Failure.closedEarly.detail(after: progress))
    }
    return judgeBody(isCut: false)
  }

  // MARK: Headers

  private func judgeHead() -> AnswerVerdict? {
    let hasNoBody = expected.isOfHead || status == 204 || status == 304
    let framing = head.framing(
      isOld: isOld, isStreamed: isStreamed, hasNoBody: hasNoBody, readLimit: expected.readLimit)
    self.framing = framing
    var effort = Pattern.Effort()
    for header in expected.headers {
      if let failed = judge(header, &effort) { return failed }
    }
    guard expected.readsBody else { return .met }
    return framing.hindrance.map { .failed(.badBody, $0) }
  }

  private func judge(_ header: ExpectedAnswer.Header, _ effort: inout Pattern.Effort) -> AnswerVerdict? {
    var values: [[UInt8]] = []
    head.visit { name, value in
      if AnswerHead.isName(name, header.name) { values.append(Array(value)) }
    }
    guard let first = values.first else { return .failed(.badHeader, "no header \(header.shown)") }
    let told = "header \(header.shown) is \(Printable.piece(first))"
    switch header.test {
    case .present: return nil
    case .equals(let wanted):
      if values.contains(wanted) { return nil }
      return .failed(.badHeader, Printable.detail("\(told), not \(Printable.piece(wanted))"))
    case .matches(let pattern):
      for value in values {
        switch value.withUnsafeBufferPointer({ pattern.search($0, &effort) }) {
        case .found: return nil
        case .gaveUp(let why): return gaveUp(pattern, "header \(header.shown)", why)
        case .none, .open: break
        }
      }
      return .failed(
        .badHeader, Printable.detail("\(told), which does not match \(Printable.piece(pattern.text))"))
    }
  }

  private func gaveUp(_ pattern: Pattern, _ place: String, _ why: String) -> AnswerVerdict {
    .failed(.patternGaveUp, Printable.detail("\(Printable.piece(pattern.text)) on the \(place): \(why)"))
  }

  // MARK: The body

  private func takeBody(_ piece: UnsafeBufferPointer<UInt8>) -> AnswerVerdict? {
    let part = UnsafeBufferPointer(rebasing: piece.prefix(expected.readLimit - count))
    for (index, search) in expected.searches.enumerated() where states[index] < search.wanted.count {
      if search.advance(&states[index], over: part) != nil { unmet -= 1 }
    }
    kept += expected.keepsBody ? part[...] : part.prefix(max(0, Self.shown - kept.count))
    count += part.count
    if unmet == 0, !expected.keepsBody { return .met }
    return piece.count > part.count ? judgeBody(isCut: true) : nil
  }

  /// - Parameter isCut: there is more of it than is read.
  private func judgeBody(isCut: Bool) -> AnswerVerdict {
    let place = isCut ? "the first \(Printable.size(expected.readLimit)) of the body" : "the body"
    for (state, search) in zip(states, expected.searches) where state < search.wanted.count {
      return .failed(
        .badBody,
        Printable.detail(
          "no \(Printable.piece(search.wanted)) in \(place), which begins \(Printable.piece(kept))"))
    }
    var effort = Pattern.Effort()
    for pattern in expected.patterns {
      switch kept.withUnsafeBufferPointer({ pattern.search($0, &effort) }) {
      case .found: break
      case .gaveUp(let why): return gaveUp(pattern, "body", why)
      case .none, .open:
        return .failed(
          .badBody,
          Printable.detail(
            "nothing matches \(Printable.piece(pattern.text)) in \(place), which begins \(Printable.piece(kept))"
          ))
      }
    }
    if isCut, !expected.json.isEmpty {
      return .failed(.badJson, "longer than \(Printable.size(expected.readLimit))")
    }
    for (path, wanted) in expected.json {
      if let failed = judge(path, wanted) { return failed }
    }
    return .met
  }

  private func judge(_ path: JsonPath, _ wanted: JsonExpectation) -> AnswerVerdict? {
    let place = Printable.text(Array(wanted.path.utf8), most: 40)
    let instead = ", not \(Self.shown(wanted.value))"
    do throws(JsonSearch.Malformed) {
      let found = try kept.withUnsafeBufferPointer { bytes throws(JsonSearch.Malformed) in
        try JsonSearch.find(path, in: bytes)
      }
      switch found {
      case .scalar(let value) where value.means(wanted.value): return nil
      case .scalar(let value):
        return .failed(.badJson, Printable.detail("\(place) is \(Self.shown(value))\(instead)"))
      case .object: return .failed(.badJson, Printable.detail("\(place) is an object\(instead)"))
      case .array: return .failed(.badJson, Printable.detail("\(place) is an array\(instead)"))
      case .nothing: return .failed(.badJson, Printable.detail("\(place) is not there\(instead)"))
      }
    } catch {
      let piece = Printable.piece(kept[max(0, min(error.offset, kept.count))...])
      return .failed(
        .badJson, Printable.detail("no JSON at byte \(error.offset), \(error.what): \(piece)"))
    }
  }

  private static func shown(_ value: JsonScalar) -> String {
    if case .string(let text) = value { return Printable.piece(text) }
    return Printable.text(Array(value.text.utf8), most: 40)
  }
}
