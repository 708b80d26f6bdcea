import Console
import FoundationEssentials
import Glibc
import Reading

extension StandardOutput {
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
