import ArgumentParser
import Console
import Simulation
import Synchronization

/// A large range of seeds that is run in parts, goes on after what it finds, and can be ended and started again.
struct LongRun {
  /// Seeds between two marks in the file.
  private static let part: UInt64 = 1000

  let file: FindingsFile
  let seeds: UInt64
  let threads: Int
  /// Runs one seed.
  let verdict: @Sendable (UInt64) -> Verdict

  func run() throws {
    let end = file.from + seeds
    var broken = file.broken
    var next = file.next
    if next > file.from {
      try StandardOutput.write("goes on at \(next); \(broken.count) broke a promise before")
    }
    while next < end {
      let count = min(Self.part, end - next)
      for found in try runPart(from: next, count) {
        broken[found.seed] = found.violations.first?.invariant ?? ""
      }
      next += count
      try file.append("until \(next)")
    }
    try tell(broken)
    if !broken.isEmpty { throw ExitCode.failure }
  }

  private func runPart(from: UInt64, _ count: UInt64) throws -> [Verdict] {
    let found = Mutex<[Verdict]>([])
    let problem = Mutex<(any Error)?>(nil)
    Seeds(from: from, count: count).share(among: threads) { seed in
      let verdict = verdict(seed)
      guard !verdict.violations.isEmpty else { return true }
      return found.withLock { found in
        found.append(verdict)
        do {
          try file.append(verdict)
          try Simulate.tell(verdict)
          return true
        } catch {
          problem.withLock { $0 = error }
          return false
        }
      }
    }
    if let problem = problem.withLock({ $0 }) { throw problem }
    return found.withLock { $0 }
  }

  private func tell(_ broken: [UInt64: String]) throws {
    var seeds: [String: [UInt64]] = [:]
    for (seed, what) in broken.sorted(by: { $0.key < $1.key }) {
      seeds[what.split(separator: " ").first.map(String.init) ?? "", default: []].append(seed)
    }
    for (name, found) in seeds.sorted(by: { $0.key < $1.key }) {
      try StandardOutput.write("\(name): seeds \(found.map { "\($0)" }.joined(separator: " "))")
    }
    try StandardOutput.write(
      "\(broken.count) of the \(self.seeds) runs from \(file.from) on broke a promise")
  }
}
