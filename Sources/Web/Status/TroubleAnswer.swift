import Ledger

/// One trouble with the ledger, for programs: `{"area","kind","sentence","since","since_ms"}`. `area` is contact,
/// requests or channels; `kind` one word of docs/redis.md; `sentence` for people, without any password; `since` RFC 3339.
struct TroubleAnswer: Encodable {
  let trouble: LedgerTrouble

  private enum CodingKeys: String, CodingKey {
    case since
  }

  func encode(to encoder: any Encoder) throws {
    try trouble.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Instant(ms: trouble.sinceMs).rfc3339, forKey: .since)
  }

  static func list(_ state: BoardState) -> [TroubleAnswer] {
    (state.cluster?.troubles ?? []).map { TroubleAnswer(trouble: $0) }
  }
}

/// Why an upstream alone is stale: `{"kind","sentence","since","since_ms"}`, as in `TroubleAnswer`.
struct UpstreamTroubleAnswer: Encodable {
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

/// The same for `/metrics`: every area with every kind, so that an alert has something to compare with before there
/// is any trouble.
enum TroubleMetrics {
  static func write(_ cluster: ClusterView, to lines: inout MetricLines) {
    lines.family(
      "quorate_ledger_trouble", .gauge,
      "1: this is what is wrong with the ledger, in this area (contact, requests, channels)."
    ) { family in
      for area in LedgerTrouble.Area.allCases {
        let kind = cluster.troubles.first { $0.area == area }?.fault.kind
        for each in LedgerFault.Kind.allCases {
          family.sample(["area": area.rawValue, "kind": each.rawValue], each == kind ? 1 : 0)
        }
      }
    }
    lines.family(
      "quorate_ledger_trouble_since_timestamp_seconds", .gauge, "Since when that is what is wrong."
    ) { family in
      for trouble in cluster.troubles { family.sample(["area": trouble.area.rawValue], ms: trouble.sinceMs) }
    }
  }
}
