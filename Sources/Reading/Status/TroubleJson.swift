package import Ledger

/// One trouble with the ledger, for programs: `{"area","kind","sentence","since","since_ms"}`. `area` is contact,
/// requests or channels; `kind` one word of docs/redis.md; `sentence` for people, without any password; `since` RFC 3339.
package struct TroubleJson: Encodable {
  let trouble: LedgerTrouble

  private enum CodingKeys: String, CodingKey {
    case since
  }

  package func encode(to encoder: any Encoder) throws {
    try trouble.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Instant(ms: trouble.sinceMs).rfc3339, forKey: .since)
  }

  package static func list(_ state: BoardState) -> [TroubleJson] {
    (state.cluster?.troubles ?? []).map { TroubleJson(trouble: $0) }
  }
}

/// Why an upstream alone is stale: `{"kind","sentence","since","since_ms"}`, as in `TroubleJson`.
struct UpstreamTroubleJson: Encodable {
  let trouble: UpstreamTrouble

  private enum CodingKeys: String, CodingKey {
    case kind, sentence, since
    case sinceMs = "since_ms"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(trouble.fault.kind.rawValue, forKey: .kind)
    try values.encode(trouble.fault.sentence, forKey: .sentence)
    try values.encode(Instant(ms: trouble.sinceMs).rfc3339, forKey: .since)
    try values.encode(trouble.sinceMs, forKey: .sinceMs)
  }
}
