import Health
import Ledger
import Reading
import Testing

/// A thing has one JSON object, whether a node's board tells of it or the ledger.
@Suite struct OneShapeTests {
  /// What stands in the array of this key. No text in these objects holds a bracket.
  private static func array(_ key: String, in json: String) throws -> String {
    let start = try #require(json.firstRange(of: "\"\(key)\":["))
    var depth = 1
    return String(
      json[start.upperBound...].prefix {
        depth += $0 == "[" ? 1 : $0 == "]" ? -1 : 0
        return depth > 0
      })
  }

  private static func board(_ view: UpstreamView, _ cluster: ClusterView) -> BoardState {
    let board = Board()
    board.apply(.order([view.name]))
    board.apply(.upstream(view))
    board.apply(.cluster(cluster))
    return board.current
  }

  @Test func aNodeIsTheSame() throws {
    let peer = Samples.reading(Samples.record(.down), [:])
    var cluster = ClusterReading(
      atMs: peer.atMs, members: peer.members, missing: Samples.members(["d"]), nodeInfos: peer.nodeInfos,
      digests: [Samples.upstream: Samples.definition.digest], leases: [Samples.upstream: Samples.lease("a")],
      expiryMs: peer.expiryMs)
    cluster.members[1].isWarm = false
    cluster.members[2].isDeaf = true
    cluster.nodeInfos["c"]?.upstreams["foo.com"] = "other"
    var view = UpstreamView(Samples.upstream, peer.snapshot)
    view.lease = Samples.lease("a").lease
    let told = JsonText.encode(NodesJson(Self.board(view, cluster.view), node: "a"))
    let read = JsonText.encode(NodesJson(cluster))
    // Only a node knows who probes what.
    let probes = try Self.array("nodes", in: told).replacing("\"probes\":0", with: "\"probes\":null")
    #expect(try probes == Self.array("nodes", in: read))
    #expect(read.contains(#""missing":1"#) && told.contains(#""missing":1"#))
  }

  @Test func aVoteIsTheSame() throws {
    var late = Samples.good
    late.late = true
    let reading = Samples.reading(
      Samples.record(.down), ["a": Samples.refused, "b": late, "d": Samples.silent])
    var view = UpstreamView(Samples.upstream, reading.snapshot)
    view.reportsByNode = reading.reportsByNode
    var assignment = Assignment(nodes: ["a", "b", "c"], width: 3)
    assignment.append([0, 1, 2])
    view.assignment = assignment
    let cluster = ClusterReading(
      atMs: reading.atMs, members: reading.members, nodeInfos: reading.nodeInfos, digests: [:], leases: [:],
      expiryMs: reading.expiryMs)
    let told = JsonText.encode(PeerJson(view, index: 0, Self.board(view, cluster.view), of: "e"))
    let read = JsonText.encode(
      ExplanationJson(reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc))
    #expect(try Self.array("reports", in: told) == Self.array("ballots", in: read))
    for word in ["counts", "late", "missing", "no_member"] {
      #expect(read.contains("\"standing\":\"\(word)\""), "\(word)")
    }
  }

  /// Who decides is told by the same three keys wherever it is told.
  @Test func whoLeadsIsToldTheSame() {
    var reading = Samples.reading(Samples.record(.down), [:])
    func explained() -> String {
      JsonText.encode(ExplanationJson(reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc))
    }
    let led = explained()
    for part in [
      #""leader":"a""#, #""term":1795400000001"#, #""lease":"1795400000001:a:ra:1733""#,
      #""lease_left_ms":4210"#,
    ] { #expect(led.contains(part), "\(part)") }
    reading.lease = nil
    let held = explained()
    for part in [
      #""leader":null"#, #""term":1795400000001"#, #""lease":null"#, #""lease_left_ms":null"#,
    ] { #expect(held.contains(part), "\(part)") }
  }
}
