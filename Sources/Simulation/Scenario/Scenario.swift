import Health
import Ledger

/// A story of a cluster as text: what it shows, the cluster and what happens to it, and the transcript that is expected.
///
///     # A sentence or two on what the story promises.
///
///     nodes 3
///     peers 2
///
///     at 20 s pause leader for 8 s
///
///     ----
///        0.162  a       starts, as run r1
///
/// docs/simulation.md tells every word.
package struct Scenario: Sendable {
  /// Between what is written by people and what is written by the run.
  package static let separator = "----"
  /// How long after the last fault a run goes on unless it says so: as long as those of seeds.
  static let quietMs = PlanMaker.lengthMs - PlanMaker.quietFromMs

  /// All before the separator, as it was written.
  package var head: String
  package var seed: UInt64
  package var setup: Setup
  /// In order of time.
  package var events: [Event]
  package var quietFromMs: Int64
  package var lengthMs: Int64
  /// What was before is left out of the transcript.
  package var fromMs: Int64
  package var transcript: [String]

  /// A line of the schedule.
  package struct Event: Sendable {
    /// Where it stands in the file.
    package var line: Int
    package var planned: PlannedFault
    /// The words of the fault where it is about whoever leads then; `planned` has node `a` for it.
    var ofLeader: [Substring]?
  }

  package static func read(_ text: String) throws(ScenarioProblems) -> Scenario {
    var reader = ScenarioReader()
    return try reader.read(text)
  }

  /// The file with the transcript of a run in the place of its own.
  package func text(with transcript: [String]) -> String {
    head + Self.separator + "\n" + transcript.map { $0 + "\n" }.joined()
  }

  // MARK: Running it

  /// Finds out who `leader` is each time: what happens up to a moment does not depend on what comes after it.
  package func plan() throws(ScenarioProblems) -> Plan {
    var plan = Plan(seed: seed, setup: setup, faults: [], quietFromMs: quietFromMs, lengthMs: lengthMs)
    plan.faults = events.map(\.planned)
    for (place, event) in events.enumerated() {
      guard let words = event.ofLeader else { continue }
      let upstream = words.lazy.compactMap(Self.led).first ?? Setup.upstream
      guard let leader = Self.leader(of: upstream, in: plan, beforeMs: event.planned.atMs) else {
        let what = "nobody leads at \(TimeText.write(ms: event.planned.atMs)); name a node, or another time"
        throw ScenarioProblems(all: [ScenarioProblem(line: event.line, what: what)])
      }
      var reader = WordReader(words.map { Self.isLeader($0) ? Setup.node(leader)[...] : $0 })
      if let fault = try? Fault(reading: &reader) { plan.faults[place].fault = fault }
    }
    return plan
  }

  /// `leader`, or another upstream's, like `cart-leader`.
  static func isLeader(_ word: Substring) -> Bool { led(word) != nil }

  /// The upstream whose leader is meant; nil: the word means none.
  private static func led(_ word: Substring) -> UpstreamName? {
    if word == "leader" { return Setup.upstream }
    return Setup.upstreamNames.first { word == "\($0)-leader" }
  }

  /// By the lease at Redis.
  private static func leader(of upstream: UpstreamName, in plan: Plan, beforeMs: Int64) -> Int? {
    var plan = plan
    plan.lengthMs = beforeMs - 1
    let world = World(plan, invariants: [])
    world.run()
    let holder = world.lease(of: upstream)?.holder
    return world.nodes.firstIndex { $0.name == holder?.node }
  }
}
