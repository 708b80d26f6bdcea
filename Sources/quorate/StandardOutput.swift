import FoundationEssentials
import Glibc
import Inspect

/// What a command is for.
enum StandardOutput {
  /// Writes a line at once: `print` keeps it back where it is not a terminal that reads. False: nobody reads it.
  @discardableResult
  static func write(_ line: String) -> Bool {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }

  /// From now on a reader that has gone is an error of `write`, and not the end of the process.
  static func surviveReaders() { signal(SIGPIPE, SIG_IGN) }

  /// Whether the reader has gone.
  static var isClosed: Bool {
    var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR | POLLNVAL) != 0
  }

  /// Colours where somebody looks at a terminal and has not asked for none (https://no-color.org).
  static var paint: Paint {
    let environment = ProcessInfo.processInfo.environment
    let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    return Paint(isOn: isatty(STDOUT_FILENO) == 1 && isWanted)
  }
}

extension LocalMoment {
  /// By this machine's time zone.
  static let clock: LocalClock = { ms in
    let seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000
    var time = time_t(seconds)
    var parts = tm()
    guard localtime_r(&time, &parts) != nil else {
      return LocalMoment(year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0)
    }
    return LocalMoment(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
      hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
      ms: Int(ms - seconds * 1000), offset: parts.tm_gmtoff / 60)
  }
}
