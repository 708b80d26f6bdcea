import Health
import Ledger
import Reading
import Testing

/// Who has other settings than those in force: one rule, whoever asks, be it of the ledger or of a node's board.
@Suite struct DriftTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var drifts = false
    var isMissing = false
    var change: @Sendable (inout Member, inout NodeInfo?) -> Void
  }

  static let cases = [
    Case(testDescription: "it lives, and has another definition", drifts: true) { $1?.upstreams = other },
    Case(testDescription: "it is cold, and has another definition", drifts: true) {
      $0.isWarm = false
      $1?.upstreams = other
    },
    Case(testDescription: "it has the definition in force") { _, _ in },
    Case(testDescription: "it does not have the upstream") { $1?.upstreams = ["bar": "x"] },
    Case(testDescription: "it has not said what it is") { $1 = nil },
    Case(testDescription: "a former run had another definition") {
      $0.run = "new"
      $1?.upstreams = other
    },
    Case(testDescription: "it is leaving") {
      $0.isLeaving = true
      $1?.upstreams = other
    },
    Case(testDescription: "it is dead, and not dropped yet") {
      $0.atMs -= 6000
      $1?.upstreams = other
    },
    Case(testDescription: "it ended without leaving", isMissing: true) {
      $0.atMs -= 60_000
      $1?.upstreams = other
    },
  ]
  private static let other = ["foo.com": "other"]

  /// A live node a with the settings in force, and node b as the case has it.
  private static func reading(_ example: Case) -> PeerReading {
    var reading = Samples.reading(Samples.record(.down), ["a": Samples.refused])
    var member = Samples.members(["b"])[0]
    var nodeInfo = Samples.nodeInfos(["b"])["b"]
    example.change(&member, &nodeInfo)
    reading.members = Samples.members(["a"]) + (example.isMissing ? [] : [member])
    reading.missing = example.isMissing ? [member] : []
    reading.nodeInfos["b"] = nodeInfo
    return reading
  }

  @Test(arguments: cases)
  func explainNamesOnlyWhoDrifts(example: Case) {
    let reading = Self.reading(example)
    let text = ExplanationText(
      reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc, paint: Paint(isOn: false)
    ).text
    #expect(text.contains("b has others than those in force") == example.drifts)
    let json = JsonText.encode(
      ExplanationJson(reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc))
    #expect(json.contains(example.drifts ? #""drift":["b"]"# : #""drift":[]"#))
  }

  @Test(arguments: cases)
  func theNodesOfTheLedgerTellTheSame(example: Case) {
    let peer = Self.reading(example)
    let cluster = ClusterReading(
      atMs: peer.atMs, members: peer.members, missing: peer.missing, nodeInfos: peer.nodeInfos,
      digests: [Samples.upstream: Samples.definition.digest], leases: [:], expiryMs: peer.expiryMs)
    let drift = cluster.facts.nodes.map(\.drift)
    #expect(drift == [[], example.drifts ? [Samples.upstream] : []])
    let text = NodesText(cluster, paint: Paint(isOn: false)).text
    #expect(text.contains("(1 differs)") == example.drifts)
    #expect(text.contains("b has other settings than those in force for foo.com.") == example.drifts)
  }

  @Test(arguments: cases)
  func aBoardTellsTheSame(example: Case) throws {
    let peer = Self.reading(example)
    let cluster = ClusterReading(
      atMs: peer.atMs, members: peer.members, missing: peer.missing, nodeInfos: peer.nodeInfos, digests: [:],
      leases: [:], expiryMs: peer.expiryMs)
    let board = Board()
    board.apply(.order([Samples.upstream]))
    board.apply(.upstream(UpstreamView(Samples.upstream, peer.snapshot)))
    board.apply(.cluster(cluster.view))
    let state = board.current
    let names = example.drifts ? ["b"] : []
    #expect(StatusFacts(state, of: "a").upstreams.map(\.drift) == [names])
    #expect(state.upstreams.map { state.drift(of: $0) } == [names])
    let metrics = String(decoding: Metrics.render(state, node: "a", version: "1"), as: UTF8.self)
    #expect(metrics.contains("quorate_node_drift{node=\"b\"} \(names.count)\n"))
    #expect(metrics.contains("quorate_drifting_nodes{upstream=\"foo.com\"} \(names.count)\n"))
    let nodes = JsonText.encode(NodesJson(state, node: "a"))
    #expect(nodes.contains(#""drift":["foo.com"]"#) == example.drifts)
  }

  @Test func nobodyDriftsFromNothing() {
    let node = NodeView(
      member: Samples.members(["a"])[0], isLive: true, nodeInfo: Samples.nodeInfos(["a"])["a"])
    for digest in [nil, ""] { #expect(!Drift.isIn(node, from: digest, of: Samples.upstream)) }
    #expect(Drift.isIn(node, from: "other", of: Samples.upstream))
  }
}
