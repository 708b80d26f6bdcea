import Cluster
import Health
import Ledger
import Testing

@testable import Simulation

/// What people write, and what they are told where it means nothing.
@Suite struct ScenarioReaderTests {
  private static let start = "nodes 3\npeers 4\n"

  @Test func aClusterIsAsItIsTold() throws {
    let text = """
      # A story.

      nodes 5
      peers 4
      probers 2
      quorum all
      interval 2 s   # slower
      timeout 500 ms
      fast 250 ms
      fall 4
      rise 1
      heartbeat 2 s
      expiry 10 s
      lease 8 s
      settings 1 order 5 4 3 2 1
      settings 1 fall 9
      seed 7

      at 30 s refuse 1
      at 20.500 s pause b for 1.250 s
      ----
         0.162  c       starts
      """
    // Peers are numbered in the order in which they are named.
    #expect(throws: ScenarioProblems.self) { try Scenario.read(text) }
    let scenario = try Scenario.read(text.replacing("order 5 4 3", with: "order 4 3"))
    let setup = scenario.setup
    #expect(setup.nodes == 5)
    #expect(setup.versions.count == 2)
    let checker = try #require(setup.versions[0].checker)
    #expect(checker.probers == 2)
    #expect(checker.quorum == .all)
    #expect(checker.intervalMs == 2000)
    #expect(checker.timeoutMs == 500)
    #expect(checker.fastIntervalMs == 250)
    #expect((checker.thresholds.fall, checker.thresholds.rise) == (4, 1))
    #expect((setup.heartbeatMs, setup.expiryMs, setup.leaseMs) == (2000, 10_000, 8000))
    #expect(setup.versions[1].peers.map(\.name) == [4, 3, 2, 1].map(Setup.peer))
    #expect(setup.versions[1].checker?.thresholds.fall == 9)
    #expect(scenario.seed == 7)
    #expect(
      scenario.events.map(\.planned) == [
        PlannedFault(.paused(node: 1), atMs: 20_500, forMs: 1250),
        PlannedFault(.refusing(peer: 1), atMs: 30_000),
      ])
    // The last fault, and as long again as runs of seeds are quiet.
    #expect((scenario.quietFromMs, scenario.lengthMs) == (30_000, 75_000))
    #expect(scenario.transcript == ["   0.162  c       starts"])
  }

  @Test func furtherUpstreamsAreLikeTheFirstButForWhatIsTold() throws {
    let text = """
      nodes 3
      peers 4
      fall 4
      settings 1 peers 3
      upstream cart order 3 5
      upstream cart probers 2
      upstream cart missing a c
      upstream mail rise 3
      settings cart 1 fall 2

      at 20 s settings a cart 1
      """
    let scenario = try Scenario.read(text)
    let upstreams = scenario.setup.upstreams
    #expect(
      upstreams.map { $0.versions.map(\.name.text) } == [["shop", "shop"], ["cart", "cart"], ["mail"]])
    #expect(
      upstreams[1].versions.map { $0.peers.map(\.name) } == [
        [3, 5].map(Setup.peer), [3, 5].map(Setup.peer),
      ])
    #expect(upstreams[1].versions.map(\.checker?.thresholds.fall) == [4, 2])
    #expect(upstreams[1].versions[0].checker?.probers == 2 && upstreams[1].missingOn == [0, 2])
    #expect(upstreams[2].versions[0].peers.map(\.name) == (0..<4).map(Setup.peer))
    #expect(upstreams[2].versions[0].checker?.thresholds.rise == 3)
    // What a run of a seed prints is read again as it was.
    let plan = try scenario.plan()
    #expect(try Scenario.read(plan.text).plan() == plan)
  }

  @Test func theLeaderOfAnotherUpstreamHasItsName() throws {
    let scenario = try Scenario.read(
      Self.start + "upstream cart peers 2\nat 20 s kill cart-leader for 20 s\nat 20 s kill leader for 20 s")
    let plan = try scenario.plan()
    let world = World(
      Plan(
        seed: plan.seed, setup: plan.setup, faults: [], quietFromMs: 0, lengthMs: 19_999), invariants: [])
    world.run()
    let leaders = world.upstreams.reversed().map { world.lease(of: $0)?.holder.node }
    #expect(plan.faults.compactMap(\.fault.node).map { Setup.node($0) } == leaders)
  }

  @Test func whatPeopleWroteStays() throws {
    let head = "# Why.\n\nnodes 3   # all\npeers 4\n\nat 20 s   refuse 1\n"
    let scenario = try Scenario.read(head + "----\nold\n")
    #expect(scenario.text(with: ["new", "lines"]) == head + "----\nnew\nlines\n")
  }

  @Test func theLeaderIsWhoeverLeadsThen() throws {
    let scenario = try Scenario.read(
      Self.start + "at 20 s kill leader for 20 s\nat 40 s cut leader peers 1 2 for 5 s")
    let faults = try scenario.plan().faults.map(\.fault)
    guard case .crashed(let first) = faults[0], case .cutFromPeers(let second, [1, 2]) = faults[1] else {
      Issue.record("\(faults)")
      return
    }
    #expect(first != second)
  }

  @Test func whereNobodyLeadsThereIsNoLeader() throws {
    let scenario = try Scenario.read(Self.start + "at 2 s kill leader for 20 s")
    let problems = #expect(throws: ScenarioProblems.self) { try scenario.plan() }
    #expect(problems?.text(file: "f") == "f:3: nobody leads at 2 s; name a node, or another time")
  }

  @Test(arguments: [
    ("nodes 3", "f:1: there are no peers; write a line like 'peers 4'"),
    ("peers 3", "f:1: there are no nodes; write a line like 'nodes 3'"),
    ("\nnodes x", "f:2: 'x' is not how many nodes; write a number from 1 to 26"),
    ("nodes 3 4", "f:1: '4' is too much; take it away"),
    ("nodes", "f:1: the line ends where how many nodes should stand"),
    ("interval 3", "f:1: the line ends where the unit of '3': ms, s or h should stand"),
    ("interval 3 min", "f:1: '3 min' is no time; write it like 20 s, 800 ms, 1.5 s or 1 h"),
    ("interval -3 s", "f:1: '-3 s' is no time; write it like 20 s, 800 ms, 1.5 s or 1 h"),
    ("at 20 s eat b", "f:1: nothing is called 'eat'; what can happen: pause, kill"),
    ("at 20 s pause 0 for 3 s", "f:1: '0' is no node; write its letter, a to z, or 'leader'"),
    ("at 20 s pause b", "f:1: 'pause b' has no length; write 'for' and how long it lasts, like 'for 10 s'"),
    ("at 20 s pause leader", "f:1: 'pause leader' has no length; write 'for'"),
    ("at 20 s break b for 3 s", "f:1: 'break b' happens in one moment; leave 'for' away"),
    ("at 20 s refuse 1 for 0 s", "f:1: what lasts 0 s does not happen; give it a length"),
    ("at 20 s redis clock 1 h", "f:1: '1 h' is no leap; write it like +1 h or -3 s"),
    ("at 20 s redis loses all", "f:1: 'all' is not what Redis can lose; write one of lease, head"),
    ("at 20 s fail-over losing 3 s for 2 s", "f:1: it is over before the replica takes over"),
    ("at 20 s redis pauses 3 s every 2 s for 20 s", "f:1: a pause is longer than nothing"),
    ("at 20 s cut b off for 2 s", "f:1: a node is not cut from 'off'"),
    ("settings 2 fall 3", "f:1: settings 2 come before settings 1; number them from 1"),
    ("settings 1 nodes 3", "f:1: settings differ in peers, order"),
    ("upstream pots peers 3", "f:1: 'pots' is no upstream; they are called shop, cart"),
    ("upstream shop peers 3", "f:1: what the first upstream, shop, is like is told without its name"),
    ("upstream mail peers 3", "f:1: upstreams are named in their order; cart is the next one"),
    ("upstream cart lease 3 s", "f:1: upstreams differ in peers, order"),
    ("nodes 3\npeers 4\nsettings cart 1 fall 2", "f:3: there is no upstream cart; write a line like"),
    ("nodes 3\npeers 4\nat 20 s lease cart ends", "f:3: there is no upstream cart; write a line like"),
    (
      "nodes 3\npeers 4\nupstream cart fall 2\nat 20 s settings a cart 1",
      "f:4: there are no settings 1; write a line like 'settings cart 1 fall 4'"
    ),
    ("leases 3 s", "f:1: nothing is called 'leases'; a scenario has lines with nodes, peers"),
    ("without care", "f:1: there is no rule 'care'; the rules are leaseMargin"),
    ("nodes 3\npeers 4\nat 20 s kill d", "f:3: there is no node d; the last one is c"),
    ("nodes 3\npeers 4\nat 20 s refuse 4", "f:3: there is no peer 4; the last one is 3"),
    ("nodes 3\npeers 4\nat 20 s settings a 1", "f:3: there are no settings 1; write a line like"),
  ]) func whatIsWrongIsToldWithARemedy(_ text: String, _ expected: String) throws {
    let problems = #expect(throws: ScenarioProblems.self) { try Scenario.read(text) }
    let told = problems?.text(file: "f") ?? ""
    #expect(told.split(separator: "\n").contains { $0.hasPrefix(expected) }, "\(told)")
  }

  @Test func allThatIsWrongIsToldAtOnce() throws {
    let problems = #expect(throws: ScenarioProblems.self) { try Scenario.read("nodes x\nat 20 s eat b") }
    #expect(problems?.all.map(\.line) == [1, 2, 1])
  }

  /// So a shrunk schedule that was printed can be kept as a scenario.
  @Test(arguments: [0, 500, 1000] as [UInt64]) func plansAreReadAsTheyAreWritten(_ from: UInt64) throws {
    for seed in from..<from + 300 {
      let safeguards: Plan = PlanMaker.plan(seed: seed, safeguards: seed % 3 == 0 ? .without(.quorum) : .all)
      #expect(try Scenario.read(safeguards.text).plan() == safeguards)
    }
  }
}
