package import Health

/// The right to decide for one upstream, held by one run of one node for a bounded time.
///
/// Its text is `term:node:run:beat`. Two leases are never equal: the run makes them differ even where the
/// ledger lost a term.
package struct Lease: Hashable, Sendable {
  /// No term is above it: numbers in the ledger have at most 14 digits.
  package static let highestTerm: UInt64 = 99_999_999_999_999

  package var holder: LeaseHolder
  /// Grows with each renewal, so that others see it is alive by its change alone.
  package var beat: UInt64

  package init(holder: LeaseHolder, beat: UInt64) {
    self.holder = holder
    self.beat = beat
  }

  package var text: String { "\(holder.term):\(holder.node):\(holder.run):\(beat)" }

  /// Nil when `text` is not `term:node:run:beat`.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 4, let term = Self.number(parts[0]), let beat = Self.number(parts[3]),
      !parts[1].isEmpty, !parts[2].isEmpty
    else { return nil }
    self.init(
      holder: LeaseHolder(term: term, node: String(parts[1]), run: String(parts[2])), beat: beat)
  }

  /// 1 to 14 digits, and nothing else.
  private static func number(_ text: some StringProtocol) -> UInt64? {
    let digits = text.utf8
    return digits.count <= 14 && digits.allSatisfy { $0 >= 48 && $0 <= 57 } ? UInt64(text) : nil
  }
}

/// Who holds a lease. Fencing compares all three.
package struct LeaseHolder: Hashable, Sendable {
  /// Grows from leader to leader; milliseconds since 1970 or more, under 10^14.
  package var term: UInt64
  package var node: String
  /// New for each start of the node.
  package var run: String

  package init(term: UInt64, node: String, run: String) {
    self.term = term
    self.node = node
    self.run = run
  }
}

/// A lease as it was read.
package struct TimedLease: Hashable, Sendable {
  package var lease: Lease
  /// Milliseconds until it ends unless it is renewed; nil: a strange hand has made it endless.
  package var leftMs: Int64?

  package init(_ lease: Lease, leftMs: Int64?) {
    self.lease = lease
    self.leftMs = leftMs
  }
}

/// The leases of some upstreams, read one after the other.
package struct LeaseReading: Hashable, Sendable {
  /// Milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var leases: [UpstreamName: TimedLease]

  package init(atMs: Int64, leases: [UpstreamName: TimedLease] = [:]) {
    self.atMs = atMs
    self.leases = leases
  }
}
