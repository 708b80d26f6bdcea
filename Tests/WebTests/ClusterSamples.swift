import Health
import Ledger

@testable import Web

// A cluster as node a knows it: b has other settings of one upstream, c is leaving, d is silent, and e is new.
extension Samples {
  static func node(
    _ name: String, isLive: Bool = true, isWarm: Bool = true, isLeaving: Bool = false, behindMs: Int64 = 0,
    upstreams: [String: String]? = ["shared": "d"]
  ) -> NodeView {
    let run = "run-\(name)"
    return NodeView(
      member: Member(
        node: name, run: run, beat: 7, isWarm: isWarm, isLeaving: isLeaving,
        atMs: TestSite.nowMs - 1000 - behindMs),
      isLive: isLive,
      nodeInfo: upstreams.map {
        NodeInfo(node: name, run: run, address: "10.0.0.1:8080", version: "1.2.3", upstreams: $0)
      })
  }

  static let cluster = ClusterView(
    contact: .steady,
    nodes: [
      node("a"), node("b", behindMs: 400, upstreams: ["shared": "old", "elsewhere": "x"]),
      node("c", isLive: false, isLeaving: true), node("d", isLive: false, behindMs: 9000, upstreams: nil),
      node("e", isWarm: false),
    ])

  static func nodeReports(_ node: String, run: String? = nil, _ reports: [String: Report]) -> (
    String, NodeReports
  ) {
    let named = reports.map { (PeerName($0.key), $0.value) }
    return (
      node,
      NodeReports(run: run ?? "run-\(node)", rev: 1, reports: Dictionary(uniqueKeysWithValues: named))
    )
  }

  /// Led by b, which calls a peer down that the others call up. One peer is drained.
  static var shared: UpstreamView {
    var records = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map {
      record($0, votes: Votes(up: 2, down: 0, assigned: 2, quorum: .majority))
    }
    records[2].override = Override(
      state: .drain, by: "kim", why: "a new kernel", atMs: 1_795_000_000_000, rev: 1)
    records[2].status = .down
    let ok = Report(state: .up, ok: 9, code: "OK", micros: 400, atMs: TestSite.nowMs)
    var view = upstream("shared", records, reports: [ok, nil, ok])
    view.lease = Lease(holder: LeaseHolder(term: 1_795_000_000_002, node: "b", run: "run-b"), beat: 31)
    var assignment = Assignment(nodes: ["a", "b", "e"], width: 2)
    for probers in [[0, 1], [1, 2], [2, 0]] { assignment.append(probers) }
    view.assignment = assignment
    let refused = Report(
      state: .down, nok: 3, code: "L4CON", detail: "connection refused", micros: 90, atMs: 1_795_000_050_000)
    view.reportsByNode = Dictionary(uniqueKeysWithValues: [
      nodeReports("b", ["127.0.0.1:1": refused, "127.0.0.1:2": ok]),
      nodeReports("d", ["127.0.0.1:1": ok]),
      nodeReports("e", ["127.0.0.1:2": Report(state: .up, ok: 1, code: "OK", late: true)]),
    ])
    return view
  }
}

extension TestSite {
  /// The upstream `shared` and the cluster that it belongs to.
  static func clustered(_ upstreams: [UpstreamView] = [Samples.shared]) -> TestSite {
    let site = TestSite(upstreams)
    site.board.apply(.cluster(Samples.cluster))
    return site
  }
}
