/// What a backend does with a connection: steps, taken in order. A script that has no more steps ends the connection
/// as `.end` does.
package struct Behavior: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    /// Waits until a blank line has arrived.
    case request
    /// Waits until so many bytes have arrived since the start: for what is no request of HTTP.
    case receive(Int)
    case send([UInt8])
    /// Milliseconds.
    case pause(Int)
    /// Goes on with the step of this number: an answer without an end.
    case goTo(Int)
    /// Does nothing more until the other side has closed.
    case hold
    /// Says that nothing more comes, and reads what does until the other side has closed, so that no reset, which bytes
    /// left unread would cause, overtakes the answer.
    case end
    /// Closes with a linger time of zero: the other side meets a reset.
    case reset
  }

  /// What comes before any connection.
  package enum Door: Hashable, Sendable {
    case open
    /// The port is this process's, but nobody listens.
    case refusing
    /// The queue of the listener is full and stays so: the other side's first packet is dropped, on a unix socket its
    /// call fails.
    case neverAccepting
  }

  package var door: Door
  package var steps: [Step]

  package init(_ steps: [Step], door: Door = .open) {
    self.door = door
    self.steps = steps
  }
}

// The ordinary ones.
extension Behavior {
  /// Answers a whole request with these bytes and ends.
  package static func answering(_ text: String) -> Behavior { answering(Array(text.utf8)) }

  package static func answering(_ bytes: [UInt8]) -> Behavior { Behavior([.request, .send(bytes), .end]) }

  /// Answers a whole request with this status code.
  package static func status(_ code: Int) -> Behavior {
    answering("HTTP/1.0 \(code) \(code == 200 ? "OK" : "Told")\r\nContent-Length: 0\r\n\r\n")
  }

  package static let ok = status(200)

  /// The same after so many milliseconds.
  package static func slow(_ ms: Int, _ text: String = "HTTP/1.0 200 OK\r\n\r\n") -> Behavior {
    Behavior([.request, .pause(ms), .send(Array(text.utf8)), .end])
  }
}

// The hostile ones.
extension Behavior {
  package static let refusing = Behavior([], door: .refusing)
  package static let neverAccepting = Behavior([], door: .neverAccepting)

  /// Accepts and says nothing.
  package static let silent = Behavior([.hold])

  /// Does not wait for a request.
  package static func atOnce(_ text: String) -> Behavior { Behavior([.send(Array(text.utf8)), .end]) }

  /// A byte, a pause in milliseconds, a byte, and so on.
  package static func drip(_ text: String = "HTTP/1.0 200 OK\r\n\r\n", everyMs: Int = 1000) -> Behavior {
    Behavior([.request] + text.utf8.flatMap { [.send([$0]), .pause(everyMs)] } + [.end])
  }

  package static let http2 = answering("HTTP/2 200\r\n\r\n")

  /// Bytes that are no line of HTTP, none of them a newline but the last.
  package static let garbage = answering((0..<255).map { UInt8($0) ^ 0xa5 }.filter { $0 != 0x0a } + [0x0a])

  /// So many bytes without a newline.
  package static func longLine(_ count: Int = 1 << 20) -> Behavior {
    answering([UInt8](repeating: UInt8(ascii: "x"), count: count))
  }

  /// A reset after half a status line. The pause lets the half be read first.
  package static let resetInTheMiddle = Behavior([
    .request, .send(Array("HTTP/1.0 2".utf8)), .pause(20), .reset,
  ])

  package static let resetAtOnce = Behavior([.reset])

  package static let closeAtOnce = Behavior([.end])

  /// Closes after half a status line.
  package static let closeInTheMiddle = answering("HTTP/1.0 2")

  /// So many `100 Continue` before the answer.
  package static func informational(_ times: Int, then text: String = "HTTP/1.1 200 OK\r\n\r\n") -> Behavior {
    answering(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: times) + text)
  }

  /// A good status line, then headers for as long as anybody reads them.
  package static let endlessHeaders = Behavior([
    .request, .send(Array("HTTP/1.1 200 OK\r\n".utf8)),
    .send(Array(String(repeating: "X-More: of the same\r\n", count: 100).utf8)), .goTo(2),
  ])
}

/// One behavior for some time, then the next; after the last the first again.
package struct Turn: Hashable, Sendable {
  package var behavior: Behavior
  package var ms: Int

  package init(_ behavior: Behavior, ms: Int) {
    self.behavior = behavior
    self.ms = ms
  }
}
