package import Health

/// When a peer is probed within its interval: a hash of who asks whom. So probes are spread over the interval, the same
/// way after every start, and nodes that probe the same peer do it at different moments with no clock to agree on.
package enum ProbeSchedule {
  /// Milliseconds into the interval: 0 to `intervalMs` - 1.
  ///
  /// - Parameter check: its place among the peer's checks.
  package static func phaseMs(
    upstream: UpstreamName, peer: PeerName, node: String, check: Int = 0, intervalMs: Int
  ) -> Int {
    let hash = StableHash.of(upstream.text, peer.text, check == 0 ? node : "\(node) \(check)")
    // The high half of the product is the hash scaled to the interval, without the bias of a remainder.
    return Int(hash.multipliedFullWidth(by: UInt64(max(intervalMs, 1))).high)
  }

  /// Milliseconds after a probe's end when the next one is overdue: the node's view is too old to count as a vote.
  package static func overdueMs(checker: Checker) -> Int64 {
    Int64(checker.intervalMs) + Int64(max(checker.timeoutMs, 0)) + max(3 * Int64(checker.intervalMs), 5000)
  }
}
