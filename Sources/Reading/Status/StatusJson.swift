import Health
package import Ledger

/// The status as JSON: `{"stale":bool,"upstreams":[UPSTREAM…]}`, keys sorted as `JsonText` does.
///
/// UPSTREAM: `{"checker":bool,"counts":{"down","forced","total","up"},"digest","drift":[node…],
/// "head":HEAD or null,"leader","name","panic","peers":[the peer object…],"seq","sources":[SOURCE…],"term","trouble"}`.
/// `panic`: fewer of its peers are up than its settings want. `forced` counts, of those that are up, the peers that an operator holds up against the votes; `leader` is who decides now,
/// null: nobody does; `term` is that leader's, or where there is none the last one's; HEAD is a `HeadJson`; `digest` is that of the definition in force, and `drift` names the live nodes whose
/// settings have another. `trouble` tells why this upstream alone is stale
/// (`UpstreamTroubleJson`; null: it is not, or all are). SOURCE is a `PeerSourceJson`. All four are null, and nobody drifts, where
/// there is no checker.
/// A peer that is up and degraded has `degraded`, true, and `degraded_ms` beside the peer object's members.
///
/// A `JSONEncoder` takes some 15 µs for each peer, so the peers are written by hand; a test compares them with what
/// `JsonText` makes of the same record.
package enum StatusJson {
  /// - Parameter cluster: the nodes, for who drifts; nil: nobody is known to.
  package static func render(
    _ upstreams: [UpstreamView], stale: Bool, in cluster: ClusterView? = nil
  ) -> [UInt8] {
    let fragments = upstreams.map { view in
      render(
        view, drift: Drift.nodes(in: cluster, from: view.head?.digest, of: view.name),
        degraded: Degradation.slowest(in: view, of: "", in: cluster))
    }
    return render(fragments: fragments, stale: stale)
  }

  /// One upstream.
  ///
  /// - Parameter degraded: the longest probe of each degraded peer, in microseconds, by its place.
  package static func render(
    _ upstream: UpstreamView, drift: [String] = [], degraded: [Int: UInt32] = [:]
  ) -> [UInt8] {
    let counts = StatusCounts(upstream)
    var page = PageBytes(reserving: 300 + upstream.peers.count * 260)
    page.raw("{\"checker\":\(upstream.checker != nil)")
    page.raw(",\"counts\":{\"down\":\(counts.down),\"forced\":\(counts.forced)")
    page.raw(",\"total\":\(counts.total),\"up\":\(counts.up)}")
    page.raw(",\"digest\":")
    write(upstream.head?.digest, to: &page)
    page.raw(",\"drift\":\(drift.isEmpty ? "[]" : JsonText.encode(drift)),\"head\":")
    write(upstream.head, to: &page)
    page.raw(",\"leader\":")
    write(upstream.lease?.holder.node, to: &page)
    page.raw(",\"name\":")
    page.json(upstream.name.text)
    page.raw(",\"panic\":\(upstream.head?.panic ?? false),\"peers\":[")
    for (index, peer) in upstream.peers.enumerated() {
      if index > 0 { page.raw(",") }
      write(peer.record, degraded: degraded[index], to: &page)
    }
    let term = upstream.lease?.holder.term ?? upstream.head?.term
    page.raw("],\"seq\":\(upstream.head.map { String($0.seq) } ?? "null")")
    let sources = upstream.sources.isEmpty ? "[]" : JsonText.encode(upstream.sources.map(PeerSourceJson.init))
    page.raw(",\"sources\":\(sources)")
    page.raw(",\"term\":\(term.map { String($0) } ?? "null"),\"trouble\":")
    page.raw(upstream.trouble.map { JsonText.encode(UpstreamTroubleJson(trouble: $0)) } ?? "null")
    page.raw("}")
    return page.bytes
  }

  /// The peer object.
  package static func render(_ record: PeerRecord) -> [UInt8] {
    var page = PageBytes(reserving: 300)
    write(record, to: &page)
    return page.bytes
  }

  /// The whole page from upstreams that are rendered already.
  package static func render(fragments: [[UInt8]], stale: Bool) -> [UInt8] {
    var page = PageBytes(reserving: fragments.reduce(64) { $0 + $1.count + 1 })
    page.raw("{\"stale\":\(stale),\"upstreams\":[")
    for (index, fragment) in fragments.enumerated() {
      if index > 0 { page.raw(",") }
      page.raw(fragment)
    }
    page.raw("]}")
    return page.bytes
  }

  /// One upstream by itself: the object of the list, `stale`, and `lease` (`term:node:run:beat`, or null), which changes
  /// too often to stand there.
  ///
  /// - Parameter fragment: the object, rendered already.
  package static func render(_ fragment: [UInt8], lease: Lease?, stale: Bool) -> [UInt8] {
    var page = PageBytes(reserving: fragment.count + 200)
    page.raw(fragment.dropLast())
    page.raw(",\"lease\":")
    write(lease?.text, to: &page)
    page.raw(",\"stale\":\(stale)}")
    return page.bytes
  }

  private static func write(_ text: String?, to page: inout PageBytes) {
    if let text { page.json(text) } else { page.raw("null") }
  }

  private static func write(_ head: Head?, to page: inout PageBytes) {
    guard let head else { return page.raw("null") }
    page.raw(JsonText.encode(HeadJson(head: head)))
  }

  private static func write(_ record: PeerRecord, degraded: UInt32? = nil, to page: inout PageBytes) {
    page.raw("{\"decided\":\"\(record.decided.rawValue)\"")
    if let degraded { page.raw(",\"degraded\":true,\"degraded_ms\":\(Double(degraded) / 1000)") }
    page.raw(",\"evidence\":\"\(record.evidence.rawValue)\"")
    page.raw(",\"override\":\(record.override.map { JsonText.encode($0) } ?? "null"),\"peer\":")
    page.json(record.peer.text)
    page.raw(",\"reason\":")
    page.json(record.reason)
    page.raw(",\"role\":\"\(record.role.rawValue)\",\"since_ms\":\(record.sinceMs)")
    page.raw(",\"status\":\"\(record.status.rawValue)\",\"votes\":")
    if let votes = record.votes {
      page.raw("{\"assigned\":\(votes.assigned),\"down\":\(votes.down),\"needed\":\(votes.needed)")
      page.raw(",\"up\":\(votes.up),\"wanted\":\(votes.wanted)}}")
    } else {
      page.raw("null}")
    }
  }
}
