import Glibc

/// One connection of a backend on its way through a script.
struct Conversation {
  /// Milliseconds that a connection may last, whatever its script says.
  static let longestMs: Int64 = 120_000
  /// Bytes of a request that are kept.
  static let longestRequest = 64 * 1024
  private static let stepsAtOnce = 64

  /// What it waits for.
  enum Need: Equatable {
    case input
    case output
    /// The clock; and the other side's end, at which it ends.
    case time(Int64)
    /// The connection is closed.
    case nothing
  }

  /// How the other side left.
  enum End: Equatable {
    case closed
    case reset
  }

  let descriptor: Int32
  let number: Int
  private let steps: [Behavior.Step]
  private let endMs: Int64
  private var next = 0
  private var sent = 0
  private var pausedUntilMs: Int64?
  private var isEnding = false
  /// All bytes received, up to the limit.
  private(set) var request: [UInt8] = []
  private(set) var hasWholeRequest = false
  private(set) var hasAnswered = false
  private(set) var need = Need.input
  private(set) var end: End?

  init(descriptor: Int32, number: Int, steps: [Behavior.Step], nowMs: Int64) {
    self.descriptor = descriptor
    self.number = number
    self.steps = steps
    endMs = nowMs + Self.longestMs
  }

  /// Reads what there is. The answer comes in `proceed`, so that what arrived can be counted before anybody sees it
  /// answered.
  mutating func receive(nowMs: Int64) {
    guard need != .nothing else { return }
    if nowMs >= endMs || !readAll() { shut() }
  }

  /// Goes on in the script as far as it can.
  mutating func proceed(nowMs: Int64) {
    guard need != .nothing else { return }
    var left = Self.stepsAtOnce
    while left > 0, step(nowMs) { left -= 1 }
    if left == 0, need != .nothing { need = .output }
  }

  /// When it must be looked at without any event.
  var wakeMs: Int64 {
    if case .time(let ms) = need { return min(ms, endMs) }
    return endMs
  }

  mutating func shut() {
    close(descriptor)
    need = .nothing
  }

  /// Takes one step; false: it must wait, or has closed.
  private mutating func step(_ nowMs: Int64) -> Bool {
    switch next < steps.count ? steps[next] : .end {
    case .request:
      need = .input
      if hasWholeRequest { next += 1 }
      return hasWholeRequest
    case .receive(let count):
      need = .input
      if request.count >= count { next += 1 }
      return request.count >= count
    case .send(let bytes): return send(bytes)
    case .pause(let ms): return pause(ms, nowMs)
    case .goTo(let number): next = number
    case .hold:
      need = .input
      return false
    case .end: return finish()
    case .reset:
      Socket.reset(descriptor)
      need = .nothing
      return false
    }
    return true
  }

  private mutating func send(_ bytes: [UInt8]) -> Bool {
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        Glibc.send(descriptor, all.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        if errno == EAGAIN || errno == EINTR { need = .output } else { fail() }
        return false
      }
      sent += count
    }
    sent = 0
    hasAnswered = true
    next += 1
    return true
  }

  private mutating func fail() {
    end = .reset
    shut()
  }

  private mutating func pause(_ ms: Int, _ nowMs: Int64) -> Bool {
    let until = pausedUntilMs ?? nowMs + Int64(ms)
    guard nowMs >= until else {
      pausedUntilMs = until
      need = .time(until)
      return false
    }
    pausedUntilMs = nil
    next += 1
    return true
  }

  private mutating func finish() -> Bool {
    if !isEnding { shutdown(descriptor, Int32(SHUT_WR)) }
    isEnding = true
    need = .input
    return false
  }

  /// False: the other side has closed or failed, so nobody is left to talk to.
  private mutating func readAll() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { return true }
      if count <= 0 {
        end = count == 0 ? .closed : .reset
        return false
      }
      let room = Self.longestRequest - request.count
      request += buffer[..<min(count, room)]
      if !hasWholeRequest { hasWholeRequest = Self.endsHead(request) || request.count == Self.longestRequest }
    }
  }

  /// Whether a blank line is in `bytes`.
  private static func endsHead(_ bytes: [UInt8]) -> Bool {
    let blank = Array("\r\n\r\n".utf8)
    guard bytes.count >= blank.count else { return false }
    return (0...bytes.count - blank.count).contains { bytes[$0..<$0 + blank.count].elementsEqual(blank) }
  }
}
