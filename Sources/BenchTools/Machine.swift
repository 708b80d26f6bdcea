import FoundationEssentials
import Glibc

/// The machine that a benchmark runs on, and what processes take of it.
package enum Machine {
  package static var description: String {
    "\(cores) cores, \(model), Linux \(kernel)"
  }

  package static let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))

  private static var model: String {
    let lines = text("/proc/cpuinfo").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("model name") } ?? "unknown processor"
    return String((line.split(separator: ":").last ?? line).drop { $0 == " " })
  }

  private static var kernel: String {
    String(text("/proc/sys/kernel/osrelease").prefix { !$0.isNewline })
  }

  /// Memory of a process that is in RAM, in bytes.
  package static func residentBytes(of process: Int32) -> Int {
    for line in text("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
    return 0
  }

  /// Processor time of a process so far, user and system, all its threads together; nil: it has ended.
  package static func cpuSeconds(of process: Int32) -> Double? {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
