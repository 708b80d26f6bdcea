import Cluster
import Health
import Ledger
import Testing

@Suite struct SingleNodeTests {
  @Test func bringsPeersInAsAssumed() throws {
    var rig = MachineRig()
    var definition = UpstreamDefinition.make()
    definition.peers[1].startsDown = true
    rig.handle(.configured([definition]))
    #expect(rig.record(.one)?.status == .up && rig.record(.one)?.evidence == .assumed)
    #expect(rig.record(.two)?.status == .down && rig.record(.two)?.evidence == .assumed)
    #expect(rig.watched.keys.sorted() == [.one, .two])
    let events = rig.shared.events(of: .foo, after: 0, limit: 10)
    #expect(events.map(\.change) == [.definition(digest: definition.digest)])
    let snapshot = try #require(rig.shared.snapshot(of: .foo))
    #expect(snapshot.definition == definition)
  }

  /// A peer that the settings mark down stays down with `respect_down`, and is checked all the same.
  @Test func whoIsMarkedDownStaysDown() throws {
    var rig = MachineRig()
    var marked = UpstreamDefinition.make { $0.respectDown = true }
    marked.peers[1].startsDown = true
    rig.handle(.configured([marked]))
    #expect(rig.record(.two)?.isMarkedDown == true && rig.record(.one)?.isMarkedDown == false)
    rig.probe(.two, MachineRig.good, times: 5)
    rig.probe(.one, MachineRig.refused, times: 3)
    var two = try #require(rig.record(.two))
    #expect(two.status == .down && two.decided == .down && two.isMarkedDown)
    #expect(two.evidence == .confirmed && two.votes == Votes(up: 1, down: 0, assigned: 1, quorum: .majority))
    // The others go by their votes.
    #expect(rig.transitions().map(\.peer) == [.one] && rig.record(.one)?.reason == "L4CON")

    // Without the option the same votes bring it up.
    var free = marked
    free.checker?.respectDown = false
    rig.handle(.configured([free]))
    rig.pass(300)
    two = try #require(rig.record(.two))
    #expect(two.status == .up && !two.isMarkedDown)
    #expect(rig.transitions().last?.to == .up && rig.transitions().last?.peer == .two)

    // And with it, it is down at once: no votes are waited for.
    rig.handle(.configured([marked]))
    rig.pass(300)
    let last = try #require(rig.transitions().last)
    #expect(last.to == .down && last.peer == .two && last.reason == "SET")
    #expect(last.detail == "marked down in the settings")
    #expect(rig.record(.two)?.status == .down)
  }

  /// What was kept down and is down by its votes too has their reason, once the option is gone.
  @Test func theMarkGoesWithTheOption() {
    var rig = MachineRig()
    var marked = UpstreamDefinition.make { $0.respectDown = true }
    marked.peers[1].startsDown = true
    rig.handle(.configured([marked]))
    rig.probe(.two, MachineRig.refused, times: 3)
    #expect(rig.record(.two)?.reason == "SET")
    marked.checker?.respectDown = false
    rig.handle(.configured([marked]))
    rig.pass(300)
    #expect(rig.record(.two)?.reason == "L4CON" && rig.record(.two)?.status == .down)
    #expect(rig.transitions().isEmpty)
  }

  @Test func takesAPeerDownAfterFallAndUpAfterRise() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.record(.one)?.evidence == .confirmed)
    rig.probe(.one, MachineRig.refused, times: 2)
    #expect(rig.transitions().isEmpty && rig.record(.one)?.status == .up)
    rig.probe(.one, MachineRig.refused, times: 1)
    let down = try #require(rig.record(.one))
    #expect(down.status == .down && down.reason == "L4CON" && down.sinceMs == rig.wallStartMs + rig.nowMs)
    #expect(rig.record(.two)?.status == .up)
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.record(.one)?.status == .down)
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.record(.one)?.status == .up && rig.record(.one)?.reason == "OK")
    let transitions = rig.transitions()
    #expect(transitions.map(\.to) == [.down, .up])
    #expect(transitions[0].detail == "failed to connect to 127.0.0.1:1: connection refused")
    #expect(transitions[1].detail == "2 success(es) in a row")
    #expect(transitions[0].votes == Votes(up: 0, down: 1, assigned: 1, quorum: .majority))
  }

  @Test func logsAsLuaRestyDoesWhileThePeerIsUp() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, MachineRig.refused, times: 5)
    rig.probe(.one, MachineRig.good, times: 2)
    let failed = "healthcheck: failed to connect to 127.0.0.1:1: connection refused"
    #expect(
      rig.lines.map(\.text) == [
        failed, failed, failed, "healthcheck: peer 127.0.0.1:1 is turned down after 3 failure(s)",
        "upstream foo.com: peer 127.0.0.1:1 is DOWN by consensus (1 of 1)",
        "healthcheck: peer 127.0.0.1:1 is turned up after 2 success(es)",
        "upstream foo.com: peer 127.0.0.1:1 is UP by consensus (1 of 1)",
      ])
    #expect(rig.lines.map(\.level) == [.error, .error, .error, .warning, .warning, .warning, .warning])
    #expect(rig.lines.allSatisfy { $0.fields.contains { $0.name == "upstream" && $0.value == "foo.com" } })
  }

  @Test func aLocalErrorIsNoVote() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, Outcome(.local(.noDescriptor), detail: "too many open files"), times: 50)
    #expect(
      rig.record(.one)?.status == .up && rig.record(.one)?.evidence == .assumed && rig.transitions().isEmpty)
    #expect(
      rig.lines.map(\.text) == [
        "this machine cannot probe: too many open files (LOCFD, 1 time(s)); no peer is judged by it"
      ])
    rig.probe(.one, Outcome(.local(.noDescriptor), detail: "too many open files"), times: 20)
    #expect(rig.lines.count == 2)
  }

  @Test func withoutFreshProbesTheEvidenceIsStaleAndTheDecisionHeld() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, MachineRig.refused, times: 3)
    #expect(rig.record(.one)?.status == .down)
    rig.pass(20_000)
    #expect(rig.record(.one)?.status == .down && rig.record(.one)?.evidence == .stale)
    #expect(rig.shown[.foo]?.peers.first?.report?.late == true)
    rig.probe(.one, MachineRig.refused, times: 1)
    #expect(rig.record(.one)?.evidence == .confirmed && rig.transitions().count == 1)
  }

  @Test func showsCountersOnceInAWhile() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, MachineRig.good, times: 30)
    #expect((20...30).contains(rig.shown[.foo]?.peers.first?.report?.ok ?? 0))
  }

  @Test func pacesAPeerWhoseRunIsUnderWay() {
    var rig = MachineRig()
    rig.handle(.configured([.make { $0.fastIntervalMs = 200 }]))
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.paces.isEmpty)
    rig.probe(.one, MachineRig.refused, times: 1)
    #expect(rig.paces == [.one: 200])
    rig.probe(.one, MachineRig.refused, times: 2)
    #expect(rig.paces.isEmpty)
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.paces == [.one: 200])
    rig.probe(.one, MachineRig.good, times: 1)
    #expect(rig.paces.isEmpty)
  }

  @Test func aResultOfAnEarlierWatchCountsForNobody() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    let old = try #require(rig.watched[.one]).id
    rig.handle(.configured([.make { $0.intervalMs = 500 }]))
    for _ in 0..<10 {
      rig.handle(.probed([ProbeResult(id: old, outcome: MachineRig.refused, endedMs: rig.nowMs)]))
    }
    rig.handle(
      .probed([ProbeResult(id: ProbeID(index: 999, incarnation: 1), outcome: MachineRig.refused, endedMs: 0)])
    )
    #expect(rig.lines.isEmpty)
  }
}
