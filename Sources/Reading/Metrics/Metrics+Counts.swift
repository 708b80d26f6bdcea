import Health
import Ledger

extension Metrics {
  /// How many peers of each upstream are what: alerts on an upstream that has none left need no sum over its peers.
  static func writeCounts(_ upstreams: [UpstreamView], to lines: inout MetricLines) {
    lines.family(
      "quorate_upstream_peers", .gauge,
      "Peers of the upstream: up by consensus, forced (up by an operator against the votes), down by consensus, and "
        + "out (down by an operator)."
    ) { family in
      for view in upstreams {
        for state in PeerStanding.allCases {
          let count = view.peers.count { PeerStanding($0.record) == state }
          family.sample(["upstream": view.name.text, "state": state.rawValue], count)
        }
      }
    }
  }
}

/// What a peer is to whoever uses the upstream.
private enum PeerStanding: String, CaseIterable {
  case up, forced, down, out

  init(_ record: PeerRecord) {
    self =
      switch record.status {
      case .up: record.isForcedUp ? .forced : .up
      case .down: record.overrideInForce == nil ? .down : .out
      }
  }
}
