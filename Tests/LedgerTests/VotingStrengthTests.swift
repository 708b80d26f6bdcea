import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct VotingStrengthTests {
  struct Case: Sendable {
    var live: Int
    var missing: Int
    var wanted = 3
    var quorum = Quorum.majority
    var sentence: String
    var isWeak = true
    var isAlone = false
  }

  static let cases = [
    Case(live: 1, missing: 2, sentence: "1 of 3 nodes: its vote alone decides", isAlone: true),
    Case(live: 1, missing: 2, quorum: .all, sentence: "1 of 3 nodes: its vote alone decides", isAlone: true),
    Case(
      live: 1, missing: 1, quorum: .count(2), sentence: "1 of 2 nodes: its vote alone decides", isAlone: true),
    Case(live: 2, missing: 1, sentence: "2 of 3 nodes: only both together take a peer down"),
    Case(live: 2, missing: 1, quorum: .all, sentence: "2 of 3 nodes: only both together take a peer down"),
    Case(live: 2, missing: 1, quorum: .any, sentence: "2 of 3 nodes: one vote is enough to take a peer down"),
    Case(live: 3, missing: 2, wanted: 5, sentence: "3 of 5 nodes: 2 of 3 votes take a peer down"),
    Case(
      live: 3, missing: 2, wanted: 5, quorum: .all,
      sentence: "3 of 5 nodes: only all 3 together take a peer down"),
    Case(live: 4, missing: 1, sentence: "4 of 5 nodes: each peer still has its 3 probers", isWeak: false),
    // One prober is what the settings want.
    Case(
      live: 1, missing: 2, wanted: 1, sentence: "1 of 3 nodes: each peer still has its 1 prober",
      isWeak: false),
    Case(live: 0, missing: 1, sentence: "0 of 1 node: nobody probes, and what was decided is held"),
  ]

  @Test(arguments: cases) func whatIsLeftDecidesSo(_ given: Case) {
    let strength = VotingStrength(
      live: given.live, missing: given.missing, wanted: given.wanted, quorum: given.quorum)
    #expect(strength.sentence == given.sentence)
    #expect(strength.isWeak == given.isWeak && strength.isAlone == given.isAlone)
  }

  private static func node(_ name: String, upstreams: [String: String]?) -> NodeView {
    NodeView(
      member: Member(node: name, run: "r", beat: 1), isLive: false,
      nodeInfo: upstreams.map { NodeInfo(node: name, run: "r", upstreams: $0) })
  }

  /// Only who had the upstream is a loss to it; of whom nothing is known may have had it.
  @Test func onlyWhoHadTheUpstreamIsMissed() {
    var view = UpstreamView(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp), head: Head(seq: 1), peers: [])
    view.assignment = Assignment(nodes: ["a"], width: 1)
    func strength(_ missing: [NodeView]) -> VotingStrength? {
      ClusterView(contact: .steady, nodes: [], missing: missing).strength(on: view)
    }
    #expect(strength([]) == nil)
    #expect(strength([Self.node("b", upstreams: ["bar.com": "d"])]) == nil)
    #expect(strength([Self.node("b", upstreams: ["foo.com": "d"])])?.missing == 1)
    #expect(
      strength([Self.node("b", upstreams: nil), Self.node("c", upstreams: ["bar.com": "d"])])?.missing == 1)
    view.checker = nil
    #expect(strength([Self.node("b", upstreams: nil)]) == nil)
  }
}
