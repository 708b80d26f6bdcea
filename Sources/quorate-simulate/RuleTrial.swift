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
  /// By the name of a rule, where its absence was noticed before.
  var noticed: [String: Place] = [:]

  enum Place {
    /// It is tried first.
    case seed(UInt64)
    /// Histories notice it too seldom; this test takes the rule away.
    case test(String)
  }

  func run() throws {
    try StandardOutput.write(
      "each rule at the seed that is known, or at seeds \(from) to \(from + seeds - 1)")
    var isMissed = false
    for rule in Safeguard.allCases {
      if case .test(let test)? = noticed["\(rule)"] {
        try StandardOutput.write("\(padded("\(rule)")) test \(test)")
        continue
      }
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
    guard case .seed(let seed)? = noticed["\(rule)"] else { return nil }
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

  /// Reads lines like those that `run` writes: a rule and its seed, or `test` and its name, and whatever comes behind.
  static func read(_ path: String) throws -> [String: Place] {
    var noticed: [String: Place] = [:]
    for line in try TextFile.lines(of: path) {
      let words = line.split(separator: " ", maxSplits: 2)
      if words.count > 2, words[1] == "test" {
        noticed[String(words[0])] = .test(String(words[2]))
      } else if words.count > 1, let seed = UInt64(words[1]) {
        noticed[String(words[0])] = .seed(seed)
      } else {
        throw ValidationError("\(path): '\(line)' is no rule with a seed or a test")
      }
    }
    return noticed
  }
}
