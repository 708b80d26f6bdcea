import Cluster
import Health
import Ledger
import Testing

/// Fewer peers are up than the settings want.
@Suite struct PanicTests {
  private static let peers = (0..<4).map { PeerName("127.0.0.1:\($0 + 1000)") }

  private static func four(panic: Int? = 50) -> UpstreamDefinition {
    .make(.foo, peers) { $0.panicBelow = panic }
  }

  private static func events(_ rig: ClusterRig) -> [(isOn: Bool, count: UpCount)] {
    rig.shared.events(of: .foo, after: 0, limit: 1000).compactMap {
      if case .panic(let isOn, let count) = $0.change { (isOn, count) } else { nil }
    }
  }

  private static func order(_ state: Override.State, _ peer: PeerName) -> OverrideRequest {
    OverrideRequest(upstream: .foo, peer: peer, state: state, by: "anna", why: "new disk")
  }

  @Test(arguments: [
    (0, 4, 50, true), (1, 4, 50, true), (2, 4, 50, false), (4, 4, 100, false), (3, 4, 100, true),
    (1, 3, 33, false), (1, 3, 34, true), (0, 1, 1, true), (0, 0, 50, false), (0, 4, nil, false),
  ])
  func belowIsBelow(up: Int, total: Int, percent: Int?, isPanic: Bool) {
    #expect(UpCount(up: up, total: total).isPanic(below: percent) == isPanic)
  }

  @Test func panicIsWhatTheStatusesMakeOfIt() throws {
    var rig = ClusterRig.three([Self.four()])
    rig.dead = Set(Self.peers[..<2])
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == false && Self.events(rig).isEmpty)
    rig.dead = Set(Self.peers[..<3])
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == true)
    // The statuses tell the truth all the same.
    #expect(rig.shared.snapshot(of: .foo)?.status.values.count { $0 == .up } == 1)
    #expect(rig.nodes.values.allSatisfy { $0.views[.foo]?.head?.panic == true })
    rig.dead = []
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == false)
    #expect(rig.nodes.values.allSatisfy { $0.views[.foo]?.head?.panic == false })
    #expect(Self.events(rig).map(\.isOn) == [true, false])
  }

  /// Who follows takes the event as it is heard, and reads nothing for it.
  @Test func followersTakeItFromTheEvent() {
    var rig = ClusterRig.three([Self.four()])
    rig.pass(10_000)
    rig.dead = Set(Self.peers[..<3])
    let before = rig.snapshots
    let took = rig.pass(10_000) { rig in rig.nodes.values.allSatisfy { $0.views[.foo]?.head?.panic == true } }
    #expect(took != nil && rig.snapshots - before <= 3)
  }

  /// What an operator or the settings keep out is not counted: nobody would use it.
  @Test func whatIsKeptOutIsNotCounted() {
    var definition = Self.four()
    definition.checker?.respectDown = true
    definition.peers[3].startsDown = true
    var rig = ClusterRig.three([definition])
    rig.order(Self.order(.drain, Self.peers[0]))
    rig.pass(2000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == false)
    // One of two is half.
    rig.dead = [Self.peers[1]]
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == false)
    rig.dead = [Self.peers[1], Self.peers[2]]
    rig.pass(10_000)
    #expect(
      Self.events(rig).map(\.isOn) == [true] && Self.events(rig).last?.count == UpCount(up: 0, total: 2))
    // Held up against its votes, it is there to be used.
    rig.order(Self.order(.up, Self.peers[1]))
    rig.pass(2000)
    #expect(Self.events(rig).map(\.isOn) == [true, false])
  }

  @Test func eachChangeOfPanicIsOneEvent() throws {
    var rig = ClusterRig.three([Self.four()])
    rig.dead = Set(Self.peers[..<3])
    rig.pass(10_000)
    #expect(Self.events(rig).map(\.isOn) == [true])
    // Neither another leader, nor a ledger that is written again, nor evidence alone says it anew.
    rig.kill(try #require(rig.leader()))
    rig.pass(20_000)
    let leader = try #require(rig.leader())
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == true && Self.events(rig).map(\.isOn) == [true])
    rig.empty()
    rig.pass(20_000)
    #expect(rig.leader() == leader && rig.shared.snapshot(of: .foo)?.head.panic == true)
    #expect(Self.events(rig).isEmpty)
    rig.dead = []
    rig.pass(10_000)
    #expect(Self.events(rig).map(\.isOn) == [false])
  }

  /// Nobody remembers it: it is reckoned from what is left.
  @Test func aRebuiltUpstreamIsInPanicWhereItsPeersAre() {
    var rig = ClusterRig.three([Self.four()])
    rig.dead = Set(Self.peers[..<3])
    rig.pass(10_000)
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.shared.lose(.of(.foo, .head))
    for node in ["a", "b", "c"] { rig.restart(node) }
    rig.pass(20_000)
    #expect(
      rig.shared.snapshot(of: .foo)?.head.panic == true && rig.shared.snapshot(of: .foo)?.head.isWhole == true
    )
  }

  @Test func anotherThresholdIsAnotherAnswer() {
    var rig = ClusterRig.three([Self.four(panic: nil)])
    rig.dead = Set(Self.peers[..<3])
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.head.panic == false)
    for (panic, wanted) in [(50, true), (25, false), (26, true), (nil, false)] as [(Int?, Bool)] {
      for node in ["a", "b", "c"] { rig.configure(node, [Self.four(panic: panic)]) }
      rig.pass(10_000)
      #expect(rig.shared.snapshot(of: .foo)?.head.panic == wanted)
    }
    #expect(Self.events(rig).map(\.isOn) == [true, false, true, false])
  }
}
