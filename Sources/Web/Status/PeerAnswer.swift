import Health
import Ledger

/// `/api/v1/upstreams/U/peers/P`: the peer object, who leads its upstream and at which term, and `reports`: what each
/// node says that is assigned to the peer or reports it.
struct PeerAnswer: Encodable {
  let view: UpstreamView
  let place: Int
  let reports: [NodeReport]
  let stale: Bool

  private enum CodingKeys: String, CodingKey {
    case upstream, leader, term, reports, stale
  }

  func encode(to encoder: any Encoder) throws {
    try view.peers[place].record.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(view.name, forKey: .upstream)
    try values.encode(view.lease?.holder.node, forKey: .leader)
    try values.encode(view.lease?.holder.term ?? view.head?.term, forKey: .term)
    try values.encode(reports.map(ReportAnswer.init), forKey: .reports)
    try values.encode(stale, forKey: .stale)
  }
}

/// The ledger's report object, `node`, `assigned`, `counts` (it is a vote), and `at` (RFC 3339). Of a node that has not
/// reported yet `state` is null and the rest of the report is left out.
private struct ReportAnswer: Encodable {
  let report: NodeReport

  private enum CodingKeys: String, CodingKey {
    case node, assigned, counts, state, at
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(report.node, forKey: .node)
    try values.encode(report.isAssigned, forKey: .assigned)
    try values.encode(report.counts, forKey: .counts)
    guard let told = report.report else { return try values.encodeNil(forKey: .state) }
    try told.encode(to: encoder)
    try values.encode(Instant(ms: told.atMs).rfc3339, forKey: .at)
  }
}
