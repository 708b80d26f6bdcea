import ArgumentParser
import Cluster
import Console
import FoundationEssentials
import Simulation
import Synchronization

/// Takes each rule of the machine away, to see that its absence is noticed: invariants that notice nothing prove
/// nothing.
struct RuleTrial {
  let seeds: UInt64
  let from: UInt64
  let threads: Int
  /// The seed at which the absence of each rule, by its name, was noticed before: it is tried first.
  var noticed: [String: UInt64] = [:]

  func run() throws {
    try StandardOutput.write(
      "each rule at the seed that is known, or at seeds \(from) to \(from + seeds - 1)")
    var isMissed = false
    for rule in Safeguard.allCases {
      let verdict = known(rule) ?? firstObjection(without: rule)
      if let verdict, let violation = verdict.violations.first {
        try StandardOutput.write(
          "\(padded("\(rule)")) \(verdict.seed) \(violation.invariant): \(violation.what)")
      } else {
        isMissed = true
        try StandardOutput.write("\(padded("\(rule)")) NOBODY OBJECTS within \(seeds) seeds")
      }
    }
    if isMissed { throw ExitCode.failure }
  }

  private func known(_ rule: Safeguard) -> Verdict? {
    guard let seed = noticed["\(rule)"] else { return nil }
    let verdict = Self.verdict(seed, without: rule)
    return verdict.violations.isEmpty ? nil : verdict
  }

  private func firstObjection(without rule: Safeguard) -> Verdict? {
    let found = Mutex<Verdict?>(nil)
    Seeds(from: from, count: seeds).share(among: threads) { seed in
      let verdict = Self.verdict(seed, without: rule)
      guard !verdict.violations.isEmpty else { return true }
      found.withLock { if $0.map({ seed < $0.seed }) ?? true { $0 = verdict } }
      return false
    }
    return found.withLock { $0 }
  }

  private static func verdict(_ seed: UInt64, without rule: Safeguard) -> Verdict {
    Verdict.of(PlanMaker.plan(seed: seed, safeguards: .without(rule)))
  }

  private func padded(_ name: String) -> String {
    name + String(repeating: " ", count: max(28 - name.count, 0))
  }

  /// Reads lines like those that `run` writes: a rule and its seed, and whatever comes behind.
  static func read(_ path: String) throws -> [String: UInt64] {
    var noticed: [String: UInt64] = [:]
    for line in try TextFile.lines(of: path) {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count > 1, let seed = UInt64(words[1]) else {
        throw ValidationError("\(path): '\(line)' is no rule with a seed")
      }
      noticed[String(words[0])] = seed
    }
    return noticed
  }
}
