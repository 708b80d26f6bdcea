import Cluster
import Health
import Ledger
import Testing

@Suite struct ReloadTests {
  @Test func peersThatStayKeepTheirStateByName() {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one, .two])]))
    rig.probe(.one, MachineRig.refused, times: 3)
    rig.probe(.two, MachineRig.refused, times: 2)
    rig.handle(.configured([.make(.foo, [.three, .two, .one])]))
    #expect(rig.shown[.foo]?.peers.map(\.record.peer) == [.three, .two, .one])
    #expect(rig.shown[.foo]?.peers.map(\.record.status) == [.up, .up, .down])
    rig.probe(.two, MachineRig.refused, times: 1)
    #expect(rig.record(.two)?.status == .down)
    #expect(rig.transitions().map(\.peer) == [.one, .two])
  }

  @Test func anotherCheckerKeepsTheRuns() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.probe(.one, MachineRig.refused, times: 2)
    let before = rig.watched[.one]?.id
    rig.handle(.configured([.make { $0.intervalMs = 300 }]))
    #expect(rig.watched[.one]?.id != before && rig.groups[0]?.intervalMs == 300)
    rig.probe(.one, MachineRig.refused, times: 1)
    #expect(rig.record(.one)?.status == .down)
  }

  /// A peer that gets a path of its own is probed by it, and keeps what is known; the others are not disturbed.
  @Test func whatAPeerHasOfItsOwnIsProbedFromThenOn() {
    var rig = MachineRig()
    var definition = UpstreamDefinition.make()
    rig.handle(.configured([definition]))
    rig.probe(.one, MachineRig.refused, times: 2)
    let before = (rig.watched[.one]?.id, rig.watched[.two]?.id)
    #expect(rig.watched[.one]?.overrides == nil)
    definition.peers[0].overrides = PeerOverrides(port: 81, path: "/a")
    rig.handle(.configured([definition]))
    #expect(rig.watched[.one]?.overrides == PeerOverrides(port: 81, path: "/a"))
    #expect(rig.watched[.one]?.id != before.0 && rig.watched[.two]?.id == before.1)
    rig.probe(.one, MachineRig.refused, times: 1)
    #expect(rig.record(.one)?.status == .down)
    definition.peers[0].overrides = nil
    rig.handle(.configured([definition]))
    #expect(rig.watched[.one] != nil && rig.watched[.one]?.overrides == nil)
  }

  /// Slow successes are shown, within a moment; they turn nothing and are no event.
  @Test func aSlowPeerIsShownAsDegradedAndStaysUp() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make { $0.degradedAboveMs = 300 }]))
    rig.probe(.one, Outcome(.success, phases: Phases(total: 1000)), times: 3)
    let events = rig.shared.events(of: .foo, after: 0, limit: 100).count
    rig.probe(.one, Outcome(.success, phases: Phases(total: 400_000)))
    rig.pass(200)
    let peer = try #require(rig.shown[.foo]?.peers.first)
    #expect(peer.report?.isDegraded(aboveMs: 300) == true && peer.record.status == .up)
    rig.probe(.one, Outcome(.success, phases: Phases(total: 400_000)), times: 20)
    #expect(rig.record(.one)?.status == .up)
    #expect(rig.shared.events(of: .foo, after: 0, limit: 100).count == events)
    rig.probe(.one, Outcome(.success, phases: Phases(total: 1000)))
    rig.pass(200)
    #expect(rig.shown[.foo]?.peers.first?.report?.isDegraded(aboveMs: 300) == false)
  }

  @Test func removedPeersLeaveTheLedger() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one, .two])]))
    rig.pass(200)
    rig.handle(.configured([.make(.foo, [.two])]))
    #expect(try #require(rig.shared.snapshot(of: .foo)).records.keys.sorted() == [.two])
    #expect(rig.watched.keys.sorted() == [.two])
  }

  @Test func removedUpstreamsAreForgotten() {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo), .make(.bar, [.three])]))
    rig.handle(.configured([.make(.bar, [.three])]))
    #expect(rig.order == [.bar])
    #expect(rig.shared.snapshot(of: .foo) == nil && rig.shared.snapshot(of: .bar) != nil)
    #expect(rig.watched.keys.sorted() == [.three] && rig.groups.count == 1)
    rig.handle(.configured([.make(.foo), .make(.bar, [.three])]))
    #expect(rig.record(.one)?.evidence == .assumed && rig.watched.count == 3)
  }

  /// A node whose settings lose the checker for a while reports under numbers that the others take as new.
  @Test(arguments: ["a", "b", "c"], [Checker?.none, Checker(kind: .tcp)])
  func votesGoOnWhenACheckerComesBack(node: String, meanwhile: Checker?) throws {
    let definition = UpstreamDefinition.make(.foo, [.one, .two]) { $0.quorum = .all }
    var rig = ClusterRig.three([definition])
    rig.pass(30_000)
    rig.configure(
      node,
      meanwhile == nil
        ? [UpstreamDefinition(name: .foo, checker: nil, peers: definition.peers)]
        : [UpstreamDefinition.make(.bar, [.three])])
    rig.pass(10_000)
    rig.configure(node, [definition])
    rig.pass(10_000)
    rig.dead = [.one]
    let took = rig.pass(20_000) { $0.stored(.one)?.status == .down }
    #expect(try #require(took) <= 8000 && rig.stored(.one)?.votes?.down == 3)
  }

  @Test func theSameSettingsChangeNothing() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    let requests = rig.requests.count
    rig.handle(.configured([.make()]))
    #expect(rig.requests.count == requests)
  }

  @Test func anUpstreamWithoutCheckerIsShownAndNotProbed() {
    var rig = MachineRig()
    var plain = UpstreamDefinition.make()
    plain.checker = nil
    plain.peers[1].startsDown = true
    rig.handle(.configured([plain]))
    #expect(rig.shown[.foo]?.checker == nil && rig.shown[.foo]?.head == nil)
    #expect(rig.shown[.foo]?.peers.map(\.record.status) == [.up, .down])
    #expect(rig.watched.isEmpty && rig.requests.isEmpty)
  }

  @Test func aCheckerMayComeAndGo() {
    var rig = MachineRig()
    var plain = UpstreamDefinition.make()
    plain.checker = nil
    rig.handle(.configured([plain]))
    rig.handle(.configured([.make()]))
    #expect(rig.watched.count == 2)
    rig.probe(.one, MachineRig.refused, times: 3)
    #expect(rig.record(.one)?.status == .down)
    rig.handle(.configured([plain]))
    #expect(rig.watched.isEmpty && rig.groups.isEmpty)
    #expect(rig.record(.one)?.status == .up && rig.record(.one)?.evidence == .assumed)
    #expect(rig.shared.snapshot(of: .foo) == nil)
  }

  @Test func aRoleMayChange() {
    var rig = MachineRig()
    rig.handle(.configured([.make()]))
    rig.pass(200)
    var changed = UpstreamDefinition.make()
    changed.peers[0].role = .backup
    rig.handle(.configured([changed]))
    #expect(rig.record(.one)?.role == .backup)
  }
}
