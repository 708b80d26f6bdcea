import Glibc

/// What processes have used so far, user and system together, in microseconds.
enum CPUTime {
  static var own: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    return seconds * 1e6 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  }

  /// By the scheduler, to the nanosecond, where `stat` counts hundredths of a second. redis-server does its work on
  /// one thread.
  static func of(_ process: Int32?) -> Double {
    guard let process else { return 0 }
    let file = open("/proc/\(process)/schedstat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = read(file, &bytes, bytes.count)
    let first = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).prefix { $0 != " " }
    return (Double(first) ?? 0) / 1e3
  }
}
