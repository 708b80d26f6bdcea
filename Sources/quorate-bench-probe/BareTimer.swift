import ArgumentParser
import Console
import Glibc

/// A thread that does nothing but wake every millisecond: how late it is, no program on this core can be less.
struct BareTimer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timer", abstract: "Measure a bare timer, as a child of the comparison.",
    shouldDisplay: false)

  @Option var milliseconds: Int

  func run() throws {
    var late: [Int] = []
    late.reserveCapacity(milliseconds)
    var due = timespec()
    clock_gettime(CLOCK_MONOTONIC, &due)
    for _ in 0..<milliseconds {
      due.tv_nsec += 1_000_000
      if due.tv_nsec >= 1_000_000_000 {
        due.tv_nsec -= 1_000_000_000
        due.tv_sec += 1
      }
      while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nil) == EINTR {}
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      late.append(((now.tv_sec - due.tv_sec) * 1_000_000_000 + now.tv_nsec - due.tv_nsec) / 1000)
    }
    late.sort()
    try StandardOutput.write(
      LatenessFigures(p50: late[late.count / 2], p99: late[late.count * 99 / 100]).line)
  }
}
