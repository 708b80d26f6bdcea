import CLuaJIT
import Glibc

/// The process of one evaluation: started, spoken with, and ended whatever it does.
final class LuaProcess {
  /// Why nothing more comes.
  enum Failure: Error, Equatable {
    case cannotStart(String)
    /// It ended, with this status of `waitpid`.
    case ended(Int32)
    case silent
    case garbage
    case tooMuch
  }

  private let pid: pid_t
  private let socket: Int32
  /// By the clock that never goes back.
  private let deadlineMs: Int
  private var received: [UInt8] = []
  /// Of `received`, taken already.
  private var taken = 0
  private var total = 0
  private var status: Int32?

  init(_ program: LuaProgram) throws(Failure) {
    deadlineMs = Self.nowMs() + program.patienceMs
    var pid: pid_t = 0
    var socket: Int32 = -1
    var arguments = program.arguments.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let error = lua_sandbox_spawn(&pid, &socket, program.path, &arguments)
    guard error == 0 else {
      throw .cannotStart(strerror(error).map { String(cString: $0) } ?? "error \(error)")
    }
    self.pid = pid
    self.socket = socket
  }

  deinit {
    close(socket)
    if status == nil {
      kill(pid, SIGKILL)
      _ = wait()
    }
  }

  /// Sends one frame. Where nobody takes it, what was said before tells more: `receive` finds out.
  func send(_ frame: [UInt8]) throws(Failure) {
    var rest = (LuaFrame.head(frame.count) + frame)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent > 0 {
        rest = rest.dropFirst(sent)
      } else if errno == EAGAIN {
        try pause(POLLOUT)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// The next frame.
  func receive() throws(Failure) -> ArraySlice<UInt8> {
    while true {
      if let frame = try buffered() { return frame }
      try fill()
    }
  }

  private func buffered() throws(Failure) -> ArraySlice<UInt8>? {
    let rest = received[taken...]
    guard rest.count >= 4 else { return nil }
    let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    // A length beyond all measure is no length.
    guard count > 0, count <= LuaLimits.answerBytes else { throw .garbage }
    guard rest.count >= 4 + count else { return nil }
    let start = taken + 4
    taken = start + count
    return received[start..<taken]
  }

  private func fill() throws(Failure) {
    if taken > 0 {
      received.removeFirst(taken)
      taken = 0
    }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(socket, &chunk, chunk.count)
    if count > 0 {
      received += chunk[..<count]
      total += count
      if total > LuaLimits.answerBytes { throw .tooMuch }
    } else if count == 0 || errno == ECONNRESET {
      throw .ended(wait())
    } else if errno == EAGAIN {
      try pause(POLLIN)
    } else if errno != EINTR {
      throw .ended(wait())
    }
  }

  private func pause(_ event: Int32) throws(Failure) {
    let left = deadlineMs - Self.nowMs()
    guard left > 0 else { throw .silent }
    var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
    _ = poll(&entry, 1, Int32(left))
  }

  /// The status with which it ends. It has closed its end and is given no time: what it had to say is said.
  private func wait() -> Int32 {
    if let status { return status }
    var status: Int32 = 0
    var isLate = false
    while waitpid(pid, &status, isLate ? 0 : WNOHANG) != pid {
      if isLate { continue }
      // Between the end of its output and its own there is no event to wait for but this one.
      var entry = pollfd(fd: -1, events: 0, revents: 0)
      _ = poll(&entry, 0, 1)
      if Self.nowMs() > deadlineMs {
        kill(pid, SIGKILL)
        isLate = true
      }
    }
    self.status = status
    return status
  }

  private static func nowMs() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
  }
}

extension LuaProcess.Failure {
  /// What happened to the evaluation, as the end of a sentence.
  var text: String {
    switch self {
    case .cannotStart(let why): "the process for it cannot be started: \(why)"
    case .silent: "the process for it did not answer in time and was killed"
    case .garbage: "the process for it said what cannot be understood"
    case .tooMuch: "it gives more than \(LuaLimits.answerBytes >> 20) MiB of checkers"
    case .ended(let status):
      if status & 0x7F == 0 {
        "the process for it ended early, with status \(status >> 8 & 0xFF)"
      } else if status & 0x7F == SIGXCPU || status & 0x7F == SIGKILL {
        "the process for it was killed (signal \(status & 0x7F)): it took too much time or memory"
      } else {
        "the process for it crashed (signal \(status & 0x7F))"
      }
    }
  }
}
