import Health
package import Ledger

/// `/api/v1/upstreams/U/peers/P`: the peer object, who leads its upstream and at which term, and `reports`: what each
/// node says that is assigned to the peer or reports it (`VoteJson`). Where the settings have `degraded_above`, `degraded`
/// says whether an up peer takes longer, and `degraded_ms` how long.
/// `certificate_ends` is the earliest end (RFC 3339) that a vote tells of, where there is one.
/// `from` tells where the definition in force has it from: `name app.internal:8080`, `srv _http._tcp.example.internal`,
/// `file peers.txt`; null: its address stands in the settings.
package struct PeerJson: Encodable {
  private let view: UpstreamView
  private let index: Int
  private let proberVotes: [ProberVote]
  private let stale: Bool

  /// - Parameters:
  ///   - index: that of the peer in the view.
  ///   - node: the one whose board this is.
  package init(_ view: UpstreamView, index: Int, _ state: BoardState, of node: String) {
    self.view = view
    self.index = index
    proberVotes = ProberVoteTable(view, of: node, in: state.cluster).proberVotes(on: index)
    stale = state.isStale(view)
  }

  package var bytes: [UInt8] { Array(JsonText.encode(self).utf8) }

  private enum CodingKeys: String, CodingKey {
    case upstream, leader, term, reports, stale, from
    case certificateEnds = "certificate_ends"
  }

  package func encode(to encoder: any Encoder) throws {
    try view.peers[index].record.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(view.name, forKey: .upstream)
    try values.encode(view.lease?.holder.node, forKey: .leader)
    try values.encode(view.lease?.holder.term ?? view.head?.term, forKey: .term)
    let aboveMs = view.checker?.degradedAboveMs
    try values.encode(
      proberVotes.map { VoteJson(proberVote: $0, aboveMs: aboveMs) }, forKey: .reports)
    try values.encode(stale, forKey: .stale)
    try values.encode(view.peers[index].source, forKey: .from)
    if let endsS = CertificateEnd.earliest(proberVotes) {
      try values.encode(Instant(ms: endsS * 1000).rfc3339, forKey: .certificateEnds)
    }
    guard aboveMs != nil else { return }
    let micros = Degradation.slowest(view.peers[index].record, proberVotes, view.checker)
    try DegradationJson(micros: micros).encode(to: encoder)
  }
}
