import Health
import Ledger

/// Plain majority beside a majority of nodes that distrust themselves, in a few stories.
package struct DistrustTrial {
  package struct Row: Sendable {
    package var story: String
    package var nodes: Int
    package var distrust: Bool
    package var runs: Int
    /// Transitions to down of peers that answered all the time, all runs together.
    package var falseDowns = 0
    /// From the end of a backend to its transition, in ms, sorted.
    package var delays: [Int64] = []
    /// Backends that ended and were not seen as down within 30 s.
    package var missed = 0
  }

  private static let beginsMs: Int64 = 25_000
  private static let lastsMs: Int64 = 30_000

  private struct Story: Sendable {
    var name: String
    var cut: @Sendable (_ nodes: Int) -> Int
    /// Backends that end.
    var ended: Range<Int>
    var probers = 3
  }

  private static let stories: [Story] = [
    Story(name: "one node cut off from its peers", cut: { _ in 1 }, ended: 0..<0),
    Story(name: "one node cut off, one prober for each peer", cut: { _ in 1 }, ended: 0..<0, probers: 1),
    Story(name: "the greater half cut off", cut: { $0 / 2 + 1 }, ended: 0..<0),
    Story(name: "one node cut off, and a backend ends", cut: { _ in 1 }, ended: 0..<1),
    Story(name: "a backend ends", cut: { _ in 0 }, ended: 0..<1),
    Story(name: "half of the backends end", cut: { _ in 0 }, ended: 0..<4),
    Story(name: "all backends end", cut: { _ in 0 }, ended: 0..<8),
  ]

  package static func rows(runs: Int) -> [Row] {
    var rows: [Row] = []
    for story in stories {
      for nodes in [2, 3, 5] {
        for distrust in [false, true] { rows.append(row(story, nodes, distrust, runs)) }
      }
    }
    return rows
  }

  private static func row(_ story: Story, _ nodes: Int, _ distrust: Bool, _ runs: Int) -> Row {
    var row = Row(story: story.name, nodes: nodes, distrust: distrust, runs: runs)
    for seed in 0..<UInt64(runs) {
      let plan = plan(story, nodes, distrust, seed)
      let world = World(plan, invariants: [])
      world.run()
      let beganMs = plan.faults.first?.atMs ?? 0
      measure(world, story, beganMs, &row)
    }
    row.delays.sort()
    return row
  }

  private static func plan(_ story: Story, _ nodes: Int, _ distrust: Bool, _ seed: UInt64) -> Plan {
    let definition = Setup.definition(peers: 0..<8) { checker in
      checker.timeoutMs = 500
      checker.probers = story.probers
    }
    var setup = Setup(nodes: nodes, versions: [definition])
    setup.distrust = distrust
    var dice = SeededRandom(seed: seed, stream: 3)
    // Anywhere within an interval.
    let atMs = beginsMs + dice.between(0, 999)
    let cut = (0..<story.cut(nodes)).map {
      PlannedFault(.cutFromPeers(node: $0, peers: []), atMs: atMs, forMs: lastsMs)
    }
    let ended = story.ended.map { PlannedFault(.refusing(peer: $0), atMs: atMs, forMs: lastsMs) }
    return Plan(
      seed: seed, setup: setup, faults: cut + ended, quietFromMs: atMs + lastsMs, lengthMs: atMs + lastsMs)
  }

  private static func measure(_ world: World, _ story: Story, _ beganMs: Int64, _ row: inout Row) {
    var seen: Set<PeerName> = []
    let ended = Set(story.ended.map { Setup.peer($0) })
    for event in world.primaryState.events(of: Setup.upstream, after: 0, limit: SharedState.eventsKept) {
      guard case .transition(let turn) = event.change, turn.to == .down else { continue }
      if !ended.contains(turn.peer) {
        row.falseDowns += 1
      } else if seen.insert(turn.peer).inserted {
        row.delays.append(world.ms(ofLedger: event.atMs) - beganMs)
      }
    }
    row.missed += ended.count - seen.count
  }
}
