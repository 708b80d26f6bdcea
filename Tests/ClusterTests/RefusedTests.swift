import Health
import Ledger
import Testing

@testable import Cluster

/// A node whose heartbeats get through, and from which the ledger takes nothing else.
struct RefusedTests {
  static let peers = [PeerName("10.0.0.1:80"), PeerName("10.0.0.2:80")]

  /// With two probers one of three nodes is not asked for each peer.
  static func definition(probers: Int = 2) -> UpstreamDefinition {
    UpstreamDefinition.make(.foo, peers) { $0.probers = probers }
  }

  private static func rig(probers: Int = 2) -> ClusterRig {
    var rig = ClusterRig.three([definition(probers: probers)])
    rig.fault = LedgerFault(.noPermission, "NOPERM")
    rig.failureMs = 1
    return rig
  }

  @Test func whoMayNotCommitHandsTheLeadOver() throws {
    var rig = Self.rig()
    let first = try #require(rig.leader())
    rig.nodes[first]?.refuses = { if case .commit = $0 { true } else { false } }
    rig.dead = [Self.peers[0]]
    let took = rig.pass(20_000) { $0.transitions().count == 1 }
    // 3 failures, its heartbeat and that of the next.
    #expect(try #require(took) <= 3000 + 3 * ClusterRig.heartbeatMs)
    #expect(rig.leader() != first)
    #expect(rig.refused(first) == .commits)
    rig.pass(60_000)
    #expect(rig.handOvers == 1)
    // It probes all the same.
    #expect(rig.nodes.keys.reduce(0) { $0 + (rig.nodes[$1]?.peers.count ?? 0) } == 4)
  }

  @Test func whoMayCommitAgainSaysSoAfterTenMinutes() throws {
    var rig = Self.rig()
    let first = try #require(rig.leader())
    rig.nodes[first]?.refuses = { if case .commit = $0 { true } else { false } }
    rig.dead = [Self.peers[0]]
    rig.pass(20_000)
    rig.nodes[first]?.refuses = { _ in false }
    rig.pass(570_000)
    #expect(rig.leader() != first)
    rig.pass(60_000)
    #expect(rig.refused(first) == [] && rig.leader() == first)
  }

  /// What a node has in its settings now is not known where its node info is lost or cannot be written: what it had before counts no
  /// more, and others take its peers.
  @Test(arguments: [true, false]) func whoseCardIsNotThereIsNotCountedByAnOlderOne(isLost: Bool) {
    var rig = Self.rig()
    rig.nodes["c"]?.refuses = { if case .describe = $0 { true } else { false } }
    rig.configure("c", [])
    if isLost { rig.shared.lose(.nodeInfo(node: "c")) }
    rig.pass(4 * ClusterRig.heartbeatMs)
    for peer in Self.peers { #expect(rig.probers(of: peer) == 2, "\(peer)") }
  }

  @Test func whereNobodyMayCommitTheFirstLeadsAndDecidesOnceItMay() throws {
    var rig = Self.rig()
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = { if case .commit = $0 { true } else { false } } }
    rig.dead = [Self.peers[0]]
    rig.pass(120_000)
    #expect(rig.transitions().isEmpty)
    #expect(rig.handOvers <= 4)
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = { _ in false } }
    #expect(rig.pass(5000) { $0.transitions().count == 1 } != nil)
  }

  @Test(arguments: ["a", "b", "c"])
  func whoMayNotReportIsReplacedAsAProber(_ name: String) throws {
    var rig = Self.rig()
    let before = try #require(rig.nodes[name]?.peers)
    rig.nodes[name]?.refuses = { if case .report = $0 { true } else { false } }
    rig.dead = Set(Self.peers)
    rig.pass(3000 + 3 * ClusterRig.heartbeatMs)
    #expect(rig.refused(name) == .reports)
    #expect(rig.nodes[name]?.peers == [])
    for peer in Self.peers {
      #expect(rig.nodes.values.count { $0.peers.contains(peer) } == 2, "\(peer)")
    }
    rig.pass(6000)
    #expect(rig.transitions().count == 2)
    // It finds out by itself that it may again.
    rig.nodes[name]?.refuses = { _ in false }
    #expect(rig.pass(8000) { $0.refused(name) == [] && $0.nodes[name]?.peers == before } != nil)
  }

  /// What it had told last was that the peers are up, and that is all that the others know of it.
  @Test func whatWasToldBeforeIsNoVote() throws {
    var rig = Self.rig(probers: 3)
    let leader = try #require(rig.leader())
    let others = rig.nodes.keys.filter { $0 != leader }.sorted()
    for name in others { rig.nodes[name]?.refuses = { if case .report = $0 { true } else { false } } }
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    // One prober is left, and decides.
    #expect(rig.transitions().map(\.votes.assigned) == [1])
  }

  /// The evidence is stale, and what was decided stays.
  @Test func whereNobodyMayReportNothingIsTurnedByWhatWasTold() throws {
    var rig = Self.rig(probers: 3)
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    #expect(rig.transitions().count == 1)
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = { if case .report = $0 { true } else { false } } }
    rig.dead = [Self.peers[1]]
    rig.pass(30_000)
    #expect(rig.transitions().count == 1)
    let leader = try #require(rig.leader())
    let view = try #require(rig.nodes[leader]?.views[.foo])
    #expect(view.peers.allSatisfy { $0.record.evidence == .stale })
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = { _ in false } }
    #expect(rig.pass(10_000) { $0.transitions().count == 3 } != nil)
  }
}

extension ClusterRig {
  /// What another node is told that the ledger does not take from it.
  fileprivate func refused(_ name: String) -> Member.Refused? {
    let other = nodes.keys.sorted().first { $0 != name && nodes[$0]?.isRunning == true }
    return other.flatMap { nodes[$0]?.cluster?.nodes.first { $0.member.node == name }?.member.refused }
  }

  fileprivate var handOvers: Int {
    performed.count { if case .handOver = $0.request { true } else { false } }
  }
}
