import Cluster
import Health
import Ledger
import Testing

@Suite struct LedgerTroubleTests {
  /// Every fate of every one of the first questions: in the end there is one transition, and each event once.
  @Test func lostAnswersNeitherLoseNorDoubleAnything() {
    for first in MachineRig.Fate.allCases {
      for second in MachineRig.Fate.allCases {
        for third in MachineRig.Fate.allCases {
          var rig = MachineRig()
          rig.holdsAnswers = true
          rig.handle(.configured([.make(.foo, [.one])]))
          var fates = [first, second, third]
          for _ in 0..<100 {
            rig.probe(.one, MachineRig.refused)
            while !rig.held.isEmpty { rig.deliver(fates.isEmpty ? .answered : fates.removeFirst()) }
            rig.pass(100)
          }
          while !rig.held.isEmpty { rig.deliver() }
          let events = rig.shared.events(of: .foo, after: 0, limit: 100)
          #expect(events.map(\.seq) == Array(1...2), "\(first) \(second) \(third)")
          #expect(rig.transitions().count == 1)
          #expect(rig.record(.one)?.status == .down)
        }
      }
    }
  }

  @Test func anUnknownOutcomeIsSettledByTheIdenticalCommit() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one])]))
    rig.probe(.one, MachineRig.good, times: 1)
    rig.probe(.one, MachineRig.refused, times: 2)
    rig.holdsAnswers = true
    rig.nowMs += 1000
    rig.probe(.one, MachineRig.refused)
    rig.deliver(.lostAfter)
    rig.pass(100)
    let commits = rig.requests.compactMap { if case .commit(let commit) = $0 { commit } else { nil } }
    #expect(commits.count >= 2 && commits.last == commits.dropLast().last)
    while !rig.held.isEmpty { rig.deliver() }
    #expect(rig.record(.one)?.status == .down && rig.transitions().count == 1)
  }

  @Test func theLeaseIsRenewedAtAThirdOfItsLife() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.pass(50_000)
    let renewals = rig.requests.filter { if case .renew = $0 { true } else { false } }.count
    #expect((27...31).contains(renewals))
    #expect(rig.requests.filter { if case .acquire = $0 { true } else { false } }.count == 1)
  }

  @Test func aNodeThatSleptAsksForANewTermBeforeItWrites() {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one])]))
    rig.probe(.one, MachineRig.refused, times: 2)
    let before = rig.shared.snapshot(of: .foo)?.head.term ?? 0
    rig.nowMs += 60_000
    rig.probe(.one, MachineRig.refused)
    rig.pass(200)
    #expect((rig.shared.snapshot(of: .foo)?.head.term ?? 0) > before)
    #expect(rig.transitions().count == 1 && rig.record(.one)?.status == .down)
  }

  @Test func nothingIsWrittenPastTwoThirdsOfTheLease() {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one])]))
    rig.probe(.one, MachineRig.refused, times: 2)
    rig.holdsAnswers = true
    rig.pass(4000)
    let commits = rig.requests.count { if case .commit = $0 { true } else { false } }
    rig.probe(.one, MachineRig.refused)
    rig.pass(300)
    #expect(rig.requests.count { if case .commit = $0 { true } else { false } } == commits)
    rig.holdsAnswers = false
    while !rig.held.isEmpty { rig.deliver() }
    rig.pass(300)
    #expect(rig.transitions().count == 1)
  }

  /// The ledger takes a commit too late, when the lease has run out: its transition comes with the next term.
  @Test func whatWasLostWithTheLeaseIsDecidedAgain() {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one, .two])]))
    rig.probe(.one, MachineRig.refused, times: 2)
    rig.pass(200)
    rig.handle(.configured([.make(.foo, [.one])]))
    rig.holdsAnswers = true
    rig.nowMs += 1000
    rig.probe(.one, MachineRig.refused)
    #expect(rig.held.contains { if case .commit = $0.request { true } else { false } })
    rig.nowMs += 20_000
    rig.holdsAnswers = false
    while !rig.held.isEmpty { rig.deliver() }
    // No further result of the peer: what was known must be enough.
    rig.pass(300)
    #expect(rig.transitions().map(\.to) == [.down])
    #expect(rig.record(.one)?.status == .down)
  }

  @Test func stoppingGivesTheLeaseUp() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.handle(.stopping)
    guard case .release(.foo, _) = rig.requests.last else {
      Issue.record("the lease was not given up: \(String(describing: rig.requests.last))")
      return
    }
    let requests = rig.requests.count
    rig.pass(20_000)
    #expect(rig.requests.count == requests)
  }

  @Test func aHeldLeaseIsAskedForAgain() {
    var rig = MachineRig()
    let other = LeaseBid(upstream: .foo, node: "b", run: "r2", highestTerm: 0, forMs: 3000)
    _ = rig.shared.perform(
      .acquire(other), at: LedgerTime(wallMs: rig.wallStartMs + rig.nowMs, steadyMs: rig.nowMs))
    rig.handle(.configured([.make()]))
    #expect(rig.shown.isEmpty)
    // Less and less often: up to the longest rest after it was free.
    rig.pass(8000)
    #expect(rig.record(.one)?.status == .up)
  }

  /// 1,000 peers that turn within a moment: at most one commit in 100 ms.
  @Test func manyTurnsShareACommit() {
    var rig = MachineRig()
    let peers = (0..<1000).map { PeerName("127.0.0.1:\($0 + 1)") }
    rig.handle(.configured([.make(.foo, peers) { $0.thresholds = Thresholds(fall: 1, rise: 1) }]))
    rig.pass(1000)
    let before = rig.requests.count { if case .commit = $0 { true } else { false } }
    for start in stride(from: 0, to: 1000, by: 10) {
      rig.nowMs += 1
      let results = peers[start..<(start + 10)].compactMap { peer in
        rig.watched[peer].map { ProbeResult(id: $0.id, outcome: MachineRig.refused, endedMs: rig.nowMs) }
      }
      rig.handle(.probed(results))
    }
    rig.pass(200)
    #expect(rig.transitions().count == 1000)
    #expect(rig.requests.count { if case .commit = $0 { true } else { false } } - before <= 4)
  }

  @Test func aLedgerThatStandsElsewhereIsWrittenAnew() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one])]))
    rig.probe(.one, MachineRig.refused, times: 3)
    // Somebody writes under our lease: the sequence is no longer what this node knows.
    let head = try #require(rig.shared.snapshot(of: .foo)).head
    let foreign = Commit(
      upstream: .foo, holder: LeaseHolder(term: head.term, node: "a", run: "r1"), id: "foreign",
      expectedSeq: head.seq, changes: [.resync], removed: [.one])
    _ = rig.shared.perform(.commit(foreign), at: LedgerTime(wallMs: 1, steadyMs: rig.nowMs))
    rig.probe(.one, MachineRig.good, times: 2)
    rig.pass(500)
    let snapshot = try #require(rig.shared.snapshot(of: .foo))
    #expect(snapshot.records[.one]?.status == .up)
    #expect(rig.shared.events(of: .foo, after: head.seq + 1, limit: 10).contains { $0.change == .resync })
  }

  /// Its new run is registered, so the one that holds the lease cannot live. Who has just started decides nothing yet:
  /// another takes it.
  @Test func aLeaderThatStartsAgainIsFollowedBeforeItsLeaseEnds() throws {
    var rig = ClusterRig.three([.make()])
    let leader = try #require(rig.leader())
    let before = try #require(rig.lease())
    rig.kill(leader)
    rig.restart(leader)
    let took = rig.pass(10_000) { ($0.lease()?.holder.run ?? before.holder.run) != before.holder.run }
    #expect(try #require(took) < 4000)
    #expect(try #require(rig.lease()).holder.term > before.holder.term)
    #expect(rig.leader() != leader)
  }

  /// Where nobody else is, it takes it back itself.
  @Test func aLeaderThatStartsAgainAloneTakesItsLeaseBackBeforeItEnds() throws {
    var rig = ClusterRig.three([.make()], nodes: ["a"])
    let before = try #require(rig.lease())
    rig.kill("a")
    rig.restart("a")
    let took = rig.pass(10_000) { $0.lease()?.holder.run == $0.nodes["a"]?.run }
    #expect(try #require(took) < 4000)
    #expect(try #require(rig.lease()).holder.term > before.holder.term)
  }
}
