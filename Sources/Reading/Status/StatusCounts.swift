import Health
import Ledger

/// How many peers of an upstream, or of all of them, are up and down.
struct StatusCounts: Hashable, Sendable {
  var up = 0
  var down = 0
  /// Of those that are up: held up by an operator against the votes.
  var forced = 0

  var total: Int { up + down }

  init() {}

  init(_ upstream: UpstreamView) {
    down = upstream.peers.reduce(0) { $0 + ($1.record.status == .down ? 1 : 0) }
    up = upstream.peers.count - down
    forced = upstream.peers.reduce(0) { $0 + ($1.record.isForcedUp ? 1 : 0) }
  }
}
