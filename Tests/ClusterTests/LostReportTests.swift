import Health
import Ledger
import Testing

@testable import Cluster

/// A replica takes over that has not had what a node reported last, and the node sees no more of it than a moment's trouble.
struct LostReportTests {
  private static let peer = PeerName("10.0.0.1:80")
  private static let definition = UpstreamDefinition.make(.foo, [peer]) { $0.probers = 3 }

  enum Sign: CaseIterable {
    case newConnection, lapse, pause
  }

  /// Every node has told that the peer failed; the ledger loses that of `a`, with this sign.
  private static func rig(_ sign: Sign, isOld: Bool = false) throws -> ClusterRig {
    var rig = ClusterRig.three([definition])
    rig.dead = [peer]
    let told = rig.pass(8000) { rig in
      rig.nodes.keys.allSatisfy { rig.nodeReports(of: $0)?.reports[peer]?.state == .down }
    }
    _ = try #require(told)
    // What was in flight is answered.
    rig.pass(400)
    if isOld {
      rig.pass(Reporter.countersMs)
      // Counters were told this moment.
      let before = rig.reports
      _ = try #require(rig.pass(Reporter.countersMs) { $0.reports > before })
      rig.pass(400)
    }
    rig.shared.lose(.reports(.foo, node: "a"))
    switch sign {
    case .newConnection: rig.hear(.gap, "a")
    case .lapse:
      rig.cutLedger(["a"])
      rig.pass(2500)
      rig.healLedger(["a"])
    case .pause:
      rig.nodes["a"]?.isPaused = true
      rig.pass(2500)
      rig.nodes["a"]?.isPaused = false
    }
    return rig
  }

  @Test(arguments: Sign.allCases) func itIsReportedAgain(_ sign: Sign) throws {
    var rig = try Self.rig(sign)
    let again = rig.pass(3000) { $0.nodeReports(of: "a")?.reports[Self.peer]?.state == .down }
    #expect(again != nil)
  }

  /// What has long been told once more with the counters is on every replica: thousands of upstreams are not told again for
  /// each connection that breaks.
  @Test(arguments: Sign.allCases) func whatIsOlderIsNot(_ sign: Sign) throws {
    var rig = try Self.rig(sign, isOld: true)
    let before = rig.reports
    rig.pass(3000)
    #expect(rig.reports == before)
  }
}

extension ClusterRig {
  /// How often `a` has reported something.
  fileprivate var reports: Int {
    performed.count { node, request, _ in
      if node == "a", case .report = request { true } else { false }
    }
  }
}
