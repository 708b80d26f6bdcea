import Health
import Matching

/// One conversation over plain TCP: what to send next, and whether what came is what is expected. It is fed with bytes,
/// in pieces of any size; how they are cut changes nothing. What a step has met is behind the next one.
package final class Dialog {
  package enum Next: Hashable, Sendable {
    /// Send this, then call `sent`.
    case send([UInt8])
    /// It depends on what comes.
    case wait
    case over(AnswerVerdict)
  }

  /// Bytes of all that comes.
  package static let longest = 64 * 1024

  private let expected: ExpectedDialog
  private var step = 0
  private var isSent = false
  private var received: [UInt8] = []
  /// Where the part begins that no step has met.
  private var start = 0
  /// Where the search for the step goes on.
  private var from = 0
  private var state = 0
  private var effort = Pattern.Effort()
  /// More came than is read, or the peer has closed.
  private var isWhole = false

  package init(_ expected: ExpectedDialog) {
    self.expected = expected
  }

  package func begin() -> Next { proceed() }

  /// What was to be sent is.
  package func sent() -> Next {
    isSent = true
    return proceed()
  }

  package func take(_ piece: UnsafeBufferPointer<UInt8>) -> Next {
    received += piece.prefix(Self.longest - received.count)
    let next = proceed()
    guard next == .wait, received.count == Self.longest else { return next }
    isWhole = true
    let last = proceed()
    return last == .wait ? .over(.failed(.badReply, told("in \(Printable.size(Self.longest))"))) : last
  }

  /// The peer has closed.
  package func end() -> AnswerVerdict {
    isWhole = true
    switch proceed() {
    case .over(let verdict): return verdict
    case .send, .wait:
      if received.count > start { return .failed(.badReply, told("before it closed")) }
      return .failed(.closedEarly, Failure.closedEarly.detail(after: progress))
    }
  }

  /// How far it has come, as a clause.
  package var progress: String {
    let came = received.count > start ? "\(Printable.piece(received[start...])) came" : "nothing came"
    return Printable.detail("\(place)\(wanted) was expected, \(came)")
  }

  private func told(_ limit: String) -> String {
    Printable.detail(
      "\(place)\(wanted) was expected \(limit), and \(Printable.piece(received[start...])) came")
  }

  private var place: String { expected.steps.count > 1 ? "step \(step + 1): " : "" }

  private var wanted: String {
    guard step < expected.steps.count else { return "the end" }
    switch expected.steps[step].expected {
    case .contains(let search): return Printable.piece(search.wanted)
    case .matches(let pattern): return "a match of \(Printable.piece(pattern.text))"
    case nil: return "nothing"
    }
  }

  private func proceed() -> Next {
    while step < expected.steps.count {
      let current = expected.steps[step]
      if !isSent, !current.send.isEmpty { return .send(current.send) }
      isSent = true
      switch current.expected {
      case nil: break
      case .contains(let search):
        guard let end = find(search) else { return .wait }
        start = end
      case .matches(let pattern):
        switch find(pattern) {
        case .found(let end): start = end
        case .gaveUp(let why):
          return .over(
            .failed(.patternGaveUp, Printable.detail("\(place)\(Printable.piece(pattern.text)): \(why)")))
        case .none, .open: return .wait
        }
      }
      step += 1
      isSent = false
      from = start
      state = 0
    }
    return .over(.met)
  }

  private func find(_ search: ByteSearch) -> Int? {
    let before = from
    from = received.count
    return received.withUnsafeBufferPointer { bytes in
      search.advance(&state, over: UnsafeBufferPointer(rebasing: bytes[before...]))
    }
    .map { before + $0 }
  }

  /// What was met before is out of sight, also for a look behind: it goes on where the steps have come.
  private func find(_ pattern: Pattern) -> Pattern.Match {
    let match = received.withUnsafeBufferPointer { bytes in
      pattern.search(
        UnsafeBufferPointer(rebasing: bytes[start...]), from: from - start, isWhole: isWhole, &effort)
    }
    switch match {
    case .found(let end): return .found(end: start + end)
    case .open(let open): from = start + open
    case .none: from = received.count
    case .gaveUp: break
    }
    return match
  }
}
