import Health
package import Ledger

/// `/api/v1/upstreams/U/peers/P`: the peer object, who leads its upstream and at which term, and `reports`: what each
/// node says that is assigned to the peer or reports it (`VoteJson`). `from` tells where the definition in force has it from:
/// `name app.internal:8080`, `srv _http._tcp.example.internal`, `file peers.txt`; null: its address stands in the settings.
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
  }

  package func encode(to encoder: any Encoder) throws {
    try view.peers[index].record.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(view.name, forKey: .upstream)
    try values.encode(view.lease?.holder.node, forKey: .leader)
    try values.encode(view.lease?.holder.term ?? view.head?.term, forKey: .term)
    try values.encode(proberVotes.map(VoteJson.init), forKey: .reports)
    try values.encode(stale, forKey: .stale)
    try values.encode(view.peers[index].source, forKey: .from)
  }
}
