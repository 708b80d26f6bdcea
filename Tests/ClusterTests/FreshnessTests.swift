import Cluster
import Health
import Ledger
import Testing

/// Heartbeats get through, and readings do not: what was read last is shown as the ledger's own for a while, and no
/// longer.
@Suite struct FreshnessTests {
  private static let peers = (0..<4).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers) { $0.probers = 3 }
  /// Three heartbeats, and the time that an answer may take.
  private static let freshMs = 3 * ClusterRig.heartbeatMs + 1000

  enum Unread: CaseIterable, Sendable {
    /// Where upstreams stand.
    case headReadings
    /// What is decided of one that is known to have gone on.
    case snapshots
  }

  @Test(arguments: Unread.allCases) func whatCannotBeReadIsShownAsStale(_ unread: Unread) throws {
    var rig = ClusterRig.three([Self.definition])
    rig.nodes["b"]?.isDeaf = true
    rig.nodes["b"]?.refusesReading = { query in
      switch query {
      case .headReadings: unread == .headReadings
      case .snapshot: unread == .snapshots
      default: false
      }
    }
    rig.dead = [Self.peers[0]]
    // What cannot be read of one upstream is shown of that one alone.
    let isStale: (ClusterRig) -> Bool = { rig in
      rig.nodes["b"]?.isStale == true || rig.nodes["b"]?.views[.foo]?.trouble != nil
    }
    let decided = try #require(rig.pass(10_000) { $0.stored(Self.peers[0])?.status == .down })
    #expect(decided < 10_000 && isStale(rig) == (unread == .headReadings && decided > Self.freshMs))
    // At no moment longer than that: as of a heartbeat before the last one that was answered.
    _ = rig.pass(10_000, until: isStale)
    #expect(isStale(rig) && rig.record(Self.peers[0], on: "b")?.status == .up)
    #expect(rig.nodes["b"]?.isStale == (unread == .headReadings))
    #expect(rig.nodes["b"]?.cluster?.contact == .steady)
    rig.pass(10_000)
    #expect(isStale(rig))
    rig.nodes["b"]?.refusesReading = { _ in false }
    let back = rig.pass(10_000) { !isStale($0) }
    // A reading that was refused again and again is asked for after its longest rest at the latest.
    #expect(try #require(back) <= 4 * ClusterRig.heartbeatMs + 1000)
    #expect(rig.record(Self.peers[0], on: "b")?.status == .down && rig.agree())
  }

  @Test func theBoundIsKept() throws {
    for moment in stride(from: Int64(0), to: 1000, by: 100) {
      var rig = ClusterRig.three([Self.definition])
      rig.pass(moment)
      rig.nodes["b"]?.refusesReading = { if case .headReadings = $0 { true } else { false } }
      let took = try #require(rig.pass(20_000) { $0.nodes["b"]?.isStale == true })
      #expect(
        took <= Self.freshMs + Machine.tickMs && took >= Self.freshMs - ClusterRig.heartbeatMs - 200,
        "\(moment)")
    }
  }

  /// A Redis that is slow, but is read all the while, is no reason.
  @Test func aFewLostReadingsAreNoReason() {
    var rig = ClusterRig.three([Self.definition])
    for _ in 0..<10 {
      rig.nodes["b"]?.refusesReading = { _ in true }
      rig.pass(1800)
      #expect(rig.nodes["b"]?.isStale == false)
      rig.nodes["b"]?.refusesReading = { _ in false }
      rig.pass(2200)
      #expect(rig.nodes["b"]?.isStale == false)
    }
  }
}
