import Health
package import Ledger

/// When certificates of peers end, as probers have seen it. It decides nothing.
package enum CertificateEnd {
  /// The earliest end that a node reports whose report is a vote: seconds since 1970; nil: none has seen one.
  static func earliest(_ votes: [ProberVote]) -> Int64? {
    votes.lazy.filter(\.counts).compactMap { $0.report?.certificateEndsS }.filter { $0 > 0 }.min()
  }

  /// The same of all peers of an upstream, by their places.
  package static func earliest(
    in view: UpstreamView, of own: String, in cluster: ClusterView?
  ) -> [Int: Int64] {
    guard view.checker?.securedBy != nil else { return [:] }
    let table = ReportTable(view, of: own, in: cluster)
    var ends: [Int: Int64] = [:]
    for index in view.peers.indices {
      let told = table.reports(on: index).filter(\.counts).compactMap { $0.report?.certificateEndsS }
      if let end = told.filter({ $0 > 0 }).min() { ends[index] = end }
    }
    return ends
  }

  /// `ends in 12 days`, `has ended`; nil: not within the time that the settings call soon.
  static func warning(_ endsS: Int64?, _ checker: Checker?, atMs: Int64) -> String? {
    guard let endsS, let warningMs = checker?.securedBy?.warningMs, endsS * 1000 - atMs < Int64(warningMs)
    else {
      return nil
    }
    let days = (endsS * 1000 - atMs) / 86_400_000
    if endsS * 1000 < atMs { return "has ended" }
    return days == 0 ? "ends within a day" : "ends in \(Words.count(Int(days), "day"))"
  }
}

extension PeerRow {
  /// `ends in 12 days`, as of the last probe; nil: its certificate does not end soon, or it has none.
  package var certificateWarning: String? {
    let probedMs = proberVotes.lazy.filter(\.counts).compactMap { $0.report?.atMs }.max() ?? 0
    return CertificateEnd.warning(
      CertificateEnd.earliest(proberVotes), upstream.checker, atMs: probedMs)
  }
}
