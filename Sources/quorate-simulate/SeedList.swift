import ArgumentParser
import Console
import Simulation
import Synchronization

/// Seeds from a file: one at the beginning of each line, and behind it what it once found.
struct SeedList {
  let path: String
  let threads: Int

  /// Runs each with its plan of today, and with the narrow one, which is nearer to that of when it was found.
  func run() throws {
    var seeds: [UInt64] = []
    for line in try TextFile.lines(of: path) {
      guard let seed = line.split(separator: " ").first.flatMap({ UInt64($0) }) else {
        throw ValidationError("\(path): '\(line)' begins with no seed")
      }
      seeds.append(seed)
    }
    let all = seeds
    let broken = Mutex<[(isNarrow: Bool, verdict: Verdict)]>([])
    Seeds(from: 0, count: UInt64(2 * all.count)).share(among: threads) { index in
      let isNarrow = index % 2 == 1
      let verdict = Verdict.of(PlanMaker.plan(seed: all[Int(index / 2)], isNarrow: isNarrow))
      if !verdict.violations.isEmpty { broken.withLock { $0.append((isNarrow, verdict)) } }
      return true
    }
    for (isNarrow, verdict) in broken.withLock({ $0 }).sorted(by: { $0.verdict.seed < $1.verdict.seed }) {
      if isNarrow { try StandardOutput.write("with --narrow:") }
      try Simulate.tell(verdict)
    }
    let count = broken.withLock { $0.count }
    try StandardOutput.write(
      "\(count) of \(2 * all.count) runs of \(all.count) seeds that found something broke a promise")
    if count > 0 { throw ExitCode.failure }
  }
}
