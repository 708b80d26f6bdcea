import Health
package import Ledger

/// `/api/v1/upstreams/U/peers/P`: the peer object, who leads its upstream and at which term, and `reports`: what each
/// node says that is assigned to the peer or reports it (`VoteJson`).
package struct PeerJson: Encodable {
  private let view: UpstreamView
  private let place: Int
  private let ballots: [Ballot]
  private let stale: Bool

  /// - Parameters:
  ///   - place: that of the peer in the view.
  ///   - node: the one whose board this is.
  package init(_ view: UpstreamView, place: Int, _ state: BoardState, of node: String) {
    self.view = view
    self.place = place
    ballots = BallotTable(view, of: node, in: state.cluster).ballots(on: place)
    stale = state.isStale(view)
  }

  package var bytes: [UInt8] { Array(JsonText.encode(self).utf8) }

  private enum CodingKeys: String, CodingKey {
    case upstream, leader, term, reports, stale
  }

  package func encode(to encoder: any Encoder) throws {
    try view.peers[place].record.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(view.name, forKey: .upstream)
    try values.encode(view.lease?.holder.node, forKey: .leader)
    try values.encode(view.lease?.holder.term ?? view.head?.term, forKey: .term)
    try values.encode(ballots.map(VoteJson.init), forKey: .reports)
    try values.encode(stale, forKey: .stale)
  }
}
