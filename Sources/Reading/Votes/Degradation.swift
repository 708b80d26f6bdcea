import Health
package import Ledger

/// Peers that answer, and take longer than their settings call good (`degraded_above`). They are up: this is no vote, no
/// decision and no event. A prober's latency is told to the others at most every 10 s.
package enum Degradation {
  /// The places of the peers that are up and degraded, and the longest probe of each, in microseconds.
  ///
  /// - Parameters: as of `ProberVoteTable`.
  package static func slowest(
    in view: UpstreamView, of own: String, in cluster: ClusterView?
  ) -> [Int: UInt32] {
    guard let aboveMs = view.checker?.degradedAboveMs else { return [:] }
    let table = ReportTable(view, of: own, in: cluster)
    var slowest: [Int: UInt32] = [:]
    for (index, peer) in view.peers.enumerated() where peer.record.status == .up {
      let slow = table.reports(on: index).filter(\.counts).compactMap(\.report)
        .filter { $0.isDegraded(aboveMs: aboveMs) }
      if let micros = slow.map(\.micros).max() { slowest[index] = micros }
    }
    return slowest
  }

  /// The longest probe of those whose votes count, in microseconds; nil: the peer is not up, or none took too long.
  static func slowest(_ record: PeerRecord, _ votes: [ProberVote], _ checker: Checker?) -> UInt32? {
    slow(record, votes, checker).compactMap { $0.report?.micros }.max()
  }

  static func slow(_ record: PeerRecord, _ votes: [ProberVote], _ checker: Checker?) -> [ProberVote] {
    guard record.status == .up, let aboveMs = checker?.degradedAboveMs else { return [] }
    return votes.filter { $0.counts && $0.report?.isDegraded(aboveMs: aboveMs) == true }
  }
}

extension PeerRow {
  /// The longest probe that makes an up peer a degraded one, in microseconds; nil: it is none.
  package var degradedMicros: UInt32? {
    Degradation.slowest(peer.record, proberVotes, upstream.checker)
  }
}

/// `degraded` and, where it is, `degraded_ms`: for programs, beside what they are told of a peer. Nothing where the
/// settings do not say what is too long.
struct DegradationJson: Encodable {
  let micros: UInt32?

  private enum CodingKeys: String, CodingKey {
    case degraded
    case degradedMs = "degraded_ms"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(micros != nil, forKey: .degraded)
    try values.encodeIfPresent(micros.map { Double($0) / 1000 }, forKey: .degradedMs)
  }
}
