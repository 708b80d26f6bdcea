import Ledger

/// What is wrong with the ledger, for `/metrics`: every area with every kind, so that an alert has something to compare with before there
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
