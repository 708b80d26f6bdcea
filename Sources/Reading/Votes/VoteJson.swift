import Health
import Ledger

/// What one node says of a peer, for programs, the same from the API and from `quorate explain --json`: the ledger's
/// report object, `node`, `assigned`, `counts` (it is a vote), `standing` and `at` (RFC 3339).
///
/// `standing` is `counts`, or why it is none: `late`, `not_assigned`, `run_gone`, `leaving`, `silent`, `node_missing`,
/// `no_member`, `held` (the ledger cannot be reached), `missing` (it has not reported yet). Of a node that has not reported
/// yet `state` is null and the rest of the report is left out. Where the settings have `degraded_above`, `degraded` says
/// whether a success took longer. `certificate_ends` (RFC 3339) is there where the probe saw a certificate.
struct VoteJson: Encodable {
  let proberVote: ProberVote
  /// What the settings call too long; nil: nothing.
  let aboveMs: Int?

  private enum CodingKeys: String, CodingKey {
    case node, assigned, counts, standing, state, at, degraded
    case certificateEnds = "certificate_ends"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(proberVote.node, forKey: .node)
    try values.encode(proberVote.isAssigned, forKey: .assigned)
    try values.encode(proberVote.counts, forKey: .counts)
    try values.encode(proberVote.standing.word, forKey: .standing)
    guard let told = proberVote.report else { return try values.encodeNil(forKey: .state) }
    try told.encode(to: encoder)
    if let aboveMs { try values.encode(told.isDegraded(aboveMs: aboveMs), forKey: .degraded) }
    if told.certificateEndsS > 0 {
      try values.encode(Instant(ms: told.certificateEndsS * 1000).rfc3339, forKey: .certificateEnds)
    }
    try values.encode(Instant(ms: told.atMs).rfc3339, forKey: .at)
  }
}
