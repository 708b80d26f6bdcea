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
  /// Where the absence of each rule, by its name, was noticed before: that is tried first.
  var noticed: [String: Witness] = [:]

  enum Witness {
    case seed(UInt64)
    /// What seldom comes together by chance.
    case story(Plan)
  }

  func run() throws {
    try StandardOutput.write(
      "each rule at the seed that is known, or at seeds \(from) to \(from + seeds - 1)")
    var isMissed = false
    for rule in Safeguard.allCases {
      let verdict = known(rule) ?? firstObjection(without: rule)
      if let verdict, let objection = verdict.objections.first {
        try StandardOutput.write(
          "\(padded("\(rule)")) \(verdict.seed) \(objection.invariant): \(objection.what)")
      } else {
        isMissed = true
        try StandardOutput.write("\(padded("\(rule)")) NOBODY OBJECTS within \(seeds) seeds")
      }
    }
    if isMissed { throw ExitCode.failure }
  }

  private func known(_ rule: Safeguard) -> Verdict? {
    let verdict: Verdict
    switch noticed["\(rule)"] {
    case .seed(let seed): verdict = Self.verdict(seed, without: rule)
    case .story(var plan):
      plan.setup.safeguards = .without(rule)
      verdict = Verdict.of(plan)
    case nil: return nil
    }
    return verdict.objections.isEmpty ? nil : verdict
  }

  private func firstObjection(without rule: Safeguard) -> Verdict? {
    let found = Mutex<Verdict?>(nil)
    Seeds(from: from, count: seeds).share(among: threads) { seed in
      let verdict = Self.verdict(seed, without: rule)
      guard !verdict.objections.isEmpty else { return true }
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

  /// Reads lines like those that `run` writes: a rule and its seed, and whatever comes behind. In place of a seed there may be
  /// the file of a story, beginning at the folder of this file.
  static func read(_ path: String) throws -> [String: Witness] {
    var noticed: [String: Witness] = [:]
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    for line in try TextFile.lines(of: path) {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count > 1 else {
        throw ValidationError("\(path): '\(line)' is no rule with a seed or a story")
      }
      if let seed = UInt64(words[1]) {
        noticed[String(words[0])] = .seed(seed)
      } else {
        noticed[String(words[0])] = .story(
          try ScenarioRun(path: String(folder) + words[1], withProbes: false).read().1)
      }
    }
    return noticed
  }
}
