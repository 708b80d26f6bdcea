import FoundationEssentials
import Glibc

/// Where the programs are, and what machine they run on.
enum Programs {
  /// This program itself, to be started as a child.
  static var own: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// A program that was built beside this one.
  static func sibling(_ name: String) -> String {
    own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
  }

  /// Debian keeps servers where not everybody's PATH looks.
  static var haproxy: String {
    ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].first { access($0, X_OK) == 0 } ?? "haproxy"
  }
}

enum Machine {
  static var description: String {
    "\(cores) cores, \(model), Linux \(kernel)"
  }

  static let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))

  /// The contestant and the responder each have a core; with one core they share it.
  static let contestantCore = max(cores - 2, 0)
  static let responderCore = cores - 1

  private static var model: String {
    let lines = text("/proc/cpuinfo").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("model name") } ?? "unknown processor"
    return String((line.split(separator: ":").last ?? line).drop { $0 == " " })
  }

  private static var kernel: String {
    String(text("/proc/sys/kernel/osrelease").prefix { !$0.isNewline })
  }

  /// Memory of a process that is in RAM, in bytes.
  static func residentBytes(of process: Int32) -> Int {
    for line in text("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
    return 0
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
