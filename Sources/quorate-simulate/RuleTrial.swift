import ArgumentParser
import Cluster
import Console
import Simulation
import Synchronization

/// Takes each rule of the machine away, to see that its absence is noticed: invariants that notice nothing prove
/// nothing.
struct RuleTrial {
  let seeds: UInt64
  let from: UInt64
  let threads: Int

  func run() throws {
    var isMissed = false
    for rule in Safeguard.allCases {
      let verdict = firstObjection(without: rule)
      if let verdict, let objection = verdict.objections.first {
        try StandardOutput.write(
          "\(padded("\(rule)")) seed \(verdict.seed): \(objection.invariant): \(objection.what)")
      } else {
        isMissed = true
        try StandardOutput.write("\(padded("\(rule)")) NOBODY OBJECTS within \(seeds) seeds")
      }
    }
    if isMissed { throw ExitCode.failure }
  }

  private func firstObjection(without rule: Safeguard) -> Verdict? {
    let found = Mutex<Verdict?>(nil)
    Seeds(from: from, count: seeds).share(among: threads) { seed in
      let verdict = Verdict.of(PlanMaker.plan(seed: seed, safeguards: .without(rule)))
      guard !verdict.objections.isEmpty else { return true }
      found.withLock { if $0.map({ seed < $0.seed }) ?? true { $0 = verdict } }
      return false
    }
    return found.withLock { $0 }
  }

  private func padded(_ name: String) -> String {
    name + String(repeating: " ", count: max(28 - name.count, 0))
  }
}
