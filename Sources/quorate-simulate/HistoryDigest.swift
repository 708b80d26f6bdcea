import Console
import Health
import Simulation
import Synchronization

/// One number of many histories, so that a change which is to change nothing can be seen to.
struct HistoryDigest {
  let seeds: Seeds
  let threads: Int

  func run() throws {
    let sum = Mutex<(histories: UInt64, calls: Int)>((0, 0))
    seeds.share(among: threads) { seed in
      let transcript = Transcript()
      let verdict = Verdict.of(PlanMaker.plan(seed: seed), transcript: transcript)
      var hash = StableHash()
      hash.combine(String(seed))
      for line in transcript.lines { hash.combine(line) }
      // The order in which threads come to it is another one each time.
      sum.withLock { $0 = ($0.histories &+ hash.value, $0.calls + verdict.calls) }
      return true
    }
    let (histories, calls) = sum.withLock { $0 }
    try StandardOutput.write("histories \(histories), \(calls) calls of machines")
  }
}
