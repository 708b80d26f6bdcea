import Cluster
import Health
import Ledger
import Testing

/// What operators say, and what the votes decide beneath it, while nodes miss some of it.
@Suite struct OverrideTests {
  private static let peers = (0..<3).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let peer = peers[1]
  private static let all = UpstreamDefinition.make(.foo, peers)
  private static let less = UpstreamDefinition.make(.foo, [peers[0], peers[2]])

  private static func word(_ state: Override.State) -> OverrideRequest {
    OverrideRequest(upstream: .foo, peer: peer, state: state, by: "anna", why: "new disk")
  }

  /// What happens to those that take the peer out and in again, before the one comes back that has missed it.
  enum Trouble: CaseIterable, Sendable {
    case none, emptied, clockBack, saidElsewhere
  }

  /// A node is cut off, or hears nothing, while a drained peer leaves the settings and comes again. Then it leads.
  @Test(arguments: Trouble.allCases)
  func aWordThatWasLiftedWithItsPeerStaysLifted(trouble: Trouble) throws {
    var rig = ClusterRig.three([Self.all])
    rig.order(Self.word(.drain))
    rig.pass(1000)
    #expect(rig.stored(Self.peer)?.status == .down && rig.record(Self.peer, on: "c")?.status == .down)
    rig.cutLedger(["c"])
    rig.pass(8000)
    if trouble == .clockBack { rig.wallLeapMs = -3_600_000 }
    for definition in [Self.less, Self.all] {
      for node in ["a", "b"] { rig.configure(node, [definition]) }
      rig.pass(12_000)
      if trouble == .emptied { rig.empty() }
      rig.pass(8000)
    }
    if trouble == .saidElsewhere {
      rig.order(OverrideRequest(upstream: .foo, peer: Self.peers[0], state: .drain, by: "bob", why: "w"))
      rig.pass(1000)
    }
    #expect(rig.stored(Self.peer)?.override == nil && rig.stored(Self.peer)?.status == .up)
    rig.healLedger(["c"])
    rig.pass(15_000)
    for node in ["a", "b"] { rig.kill(node) }
    rig.pass(30_000)
    #expect(rig.leader() == "c")
    let snapshot = try #require(rig.shared.snapshot(of: .foo))
    #expect(snapshot.records[Self.peer]?.override == nil && snapshot.status[Self.peer] == .up)
    #expect(snapshot.overrides[Self.peer] == nil)
    #expect((snapshot.status[Self.peers[0]] == .down) == (trouble == .saidElsewhere))
    // A new word is one, and can be taken back.
    for (state, status) in [(Override.State.drain, PeerState.down), (.auto, .up)] {
      rig.order(Self.word(state))
      rig.pass(1000)
      #expect(rig.stored(Self.peer)?.status == status)
    }
  }

  /// Redis is emptied, and its clock leaps: the later word counts, whoever remembers the earlier one.
  @Test(arguments: [0, -3_600_000, 3_600_000])
  func revisionsNeverStartAgain(leapMs: Int64) throws {
    var rig = ClusterRig.three([Self.all])
    var revisions: [UInt64] = []
    for state in [Override.State.drain, .auto, .down, .up, .auto] {
      rig.order(Self.word(state))
      rig.pass(1000)
      revisions.append(try #require(rig.shared.snapshot(of: .foo)?.overrides[Self.peer]).rev)
      #expect(rig.stored(Self.peer)?.override?.state == (state == .auto ? nil : state))
      rig.empty()
      rig.wallLeapMs += leapMs
      rig.pass(10_000)
    }
    #expect(zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 }, "\(revisions)")
  }

  /// A word that only the lost primary had is told the new one by who remembers it: nothing was lifted.
  @Test func aWordThatAFailOverLostStays() throws {
    var rig = ClusterRig.three([Self.all])
    let replica = rig.shared
    rig.order(Self.word(.drain))
    rig.pass(500)
    rig.shared = replica
    rig.pass(10_000)
    #expect(rig.stored(Self.peer)?.override?.state == .drain && rig.agree())
  }

  /// One node has heard of it on a primary that is gone, and comes back to one that never had it.
  @Test(arguments: ["a", "b", "c"]) func whatOnlyALostPrimaryHadIsGivenAgain(_ node: String) throws {
    var rig = ClusterRig.three([Self.all])
    let given = Override(
      state: .drain, by: "anna", why: "new disk", atMs: 1, rev: UInt64(rig.wallStartMs + rig.nowMs))
    rig.hear(.control(.override(.foo, Self.peer, given)), node)
    rig.pass(200)
    rig.hear(.gap, node)
    #expect(rig.pass(5000) { $0.stored(Self.peer)?.override?.why == "new disk" && $0.agree() } != nil)
    #expect(rig.stored(Self.peer)?.status == .down)
    rig.order(Self.word(.auto))
    rig.pass(30_000)
    #expect(rig.stored(Self.peer)?.status == .up && rig.agree())
    let orders = rig.performed.count { if case .override = $0.request { true } else { false } }
    #expect(orders <= 1)
  }

  /// A replica takes over that has missed a commit without an event: nothing but its id tells.
  @Test(arguments: [false, true]) func whatIsDecidedWithoutAnEventConvergesToo(another: Bool) throws {
    var rig = ClusterRig.three([Self.all])
    rig.dead = [Self.peer]
    rig.order(Self.word(.up))
    rig.pass(10_000)
    #expect(rig.stored(Self.peer)?.decided == .down && rig.stored(Self.peer)?.status == .up)
    let replica = rig.shared
    rig.dead = []
    let isDecided = rig.pass(10_000) { $0.stored(Self.peer)?.decided == .up }
    #expect(isDecided != nil)
    rig.shared.restore(.foo, from: replica)
    if another {
      // It commits at once, and that must not hide what is missing.
      rig.order(OverrideRequest(upstream: .foo, peer: Self.peers[0], state: .drain, by: "bob", why: "w"))
    }
    rig.pass(15_000)
    for peer in Self.peers {
      let stored = try #require(rig.stored(peer))
      for node in rig.nodes.keys { #expect(rig.record(peer, on: node) == stored, "\(peer) on \(node)") }
    }
    #expect(rig.stored(Self.peer)?.decided == .up)
    #expect(rig.events().count { $0.change == .resync } == 0)
  }

  /// Where evidence and overrides are lost, the stream tells of a word; of one that was lifted it does not.
  @Test(arguments: [false, true]) func aLiftedWordIsNotReadFromTheStream(comesAgain: Bool) throws {
    var rig = ClusterRig.three([Self.all])
    rig.order(Self.word(.drain))
    rig.pass(1000)
    if comesAgain {
      for definition in [Self.less, Self.all] {
        for node in rig.nodes.keys { rig.configure(node, [definition]) }
        rig.pass(3000)
      }
    }
    for node in ["a", "b", "c"] { rig.kill(node) }
    for part in [LedgerKey.Part.status, .evidence] { rig.shared.lose(.of(.foo, part)) }
    if !comesAgain { rig.shared.lose(.of(.foo, .overrides)) }
    for node in ["a", "b", "c"] { rig.restart(node) }
    rig.pass(25_000)
    #expect(rig.stored(Self.peer)?.override?.state == (comesAgain ? nil : .drain) && rig.agree())
  }
}
