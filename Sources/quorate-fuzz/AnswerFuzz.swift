import Health
import Probing

/// What is promised of whole answers, which arrive in pieces.
enum AnswerFuzz {
  /// Nil: it was kept.
  static func fault(in answer: [UInt8], _ chance: inout Answers) -> String? {
    var whole = AnswerStart()
    let line = whole.line(in: answer.span)
    var pieces = AnswerStart()
    var have = 0
    var found: Range<Int>?
    while have < answer.count, found == nil {
      have += 1 + chance.below(answer.count - have)
      found = pieces.line(in: answer.span.extracting(..<have))
    }
    if line != found {
      return
        "\(answer): cut in pieces the line is \(String(describing: found)), not \(String(describing: line))"
    }
    guard let line else { return nil }
    return fault(in: answer, line) ?? restFault(answer, line, &chance)
  }

  private static func fault(in answer: [UInt8], _ line: Range<Int>) -> String? {
    guard line.upperBound < answer.count, !answer[line].contains(0x0a) else {
      return "\(answer): \(line) is no line"
    }
    if let code = StatusLine.code(in: answer.span.extracting(line)), StatusCode.isInterim(code.status) {
      return "\(answer): an interim answer was taken"
    }
    if line.lowerBound > 0 {
      guard let first = StatusLine.code(in: answer.span), StatusCode.isInterim(first.status) else {
        return "\(answer): what is no interim answer was passed over"
      }
    }
    return nil
  }

  private static func restFault(_ answer: [UInt8], _ line: Range<Int>, _ chance: inout Answers) -> String? {
    var rest = AnswerRest(of: answer.span.extracting(line.lowerBound...), status: UInt16(chance.below(1000)))
    if case .bytes(let count) = rest, count < 1 { return "\(answer): \(count) bytes are to come" }
    for _ in 0..<8 {
      let piece = chance.whole()
      let after = rest.after(piece.span)
      switch (rest, after) {
      case (.nothing, .nothing), (.untilEnd, .untilEnd), (.chunks, .chunks), (.chunks, .nothing): break
      case (.bytes(let before), .bytes(let left)) where left == before - piece.count && left > 0: break
      case (.bytes(let before), .nothing) where before <= piece.count: break
      default: return "\(answer): \(rest) became \(after) after \(piece)"
      }
      rest = after
    }
    return nil
  }
}
