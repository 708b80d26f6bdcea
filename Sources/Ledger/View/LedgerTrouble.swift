/// Why one upstream cannot be read, while others can.
package struct UpstreamTrouble: Hashable, Sendable {
  package var fault: LedgerFault
  /// Since when: milliseconds since 1970, by the node's clock.
  package var sinceMs: Int64

  package init(_ fault: LedgerFault, sinceMs: Int64) {
    self.fault = fault
    self.sinceMs = sinceMs
  }
}

/// What is wrong between a node and the ledger, since when, and why.
package struct LedgerTrouble: Hashable, Sendable {
  /// What does not work.
  package enum Area: String, CaseIterable, Hashable, Sendable {
    /// No heartbeat gets through: what is shown is what was decided before, or nothing.
    case contact
    /// Heartbeats get through, but the ledger refuses something else that this node asks of it.
    case requests
    /// Announcements do not arrive, or not all of them.
    case channels
  }

  package var area: Area
  /// The reason. Its sentence holds no password.
  package var fault: LedgerFault
  /// Since when this is the reason: milliseconds since 1970, by the node's clock.
  package var sinceMs: Int64

  package init(_ area: Area, _ fault: LedgerFault, sinceMs: Int64) {
    self.area = area
    self.fault = fault
    self.sinceMs = sinceMs
  }
}
