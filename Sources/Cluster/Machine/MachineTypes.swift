package import Health
package import Ledger

/// What happens to a node.
package enum MachineEvent: Sendable {
  /// The upstreams to look after from now on, in the order of the configuration.
  case configured([UpstreamDefinition])
  case probed([ProbeResult])
  case answered(LedgerTicket, Result<LedgerAnswer, LedgerError>)
  /// Comes about every `Machine.tickMs`, whatever else happens.
  case tick
  /// The node is about to end: leases are given up.
  case stopping
}

/// What a node is to do about it.
package enum MachineAction: Sendable {
  case probe(ProbeOrder)
  /// Ask the ledger; its answer comes back as `answered` with the same ticket.
  case ask(LedgerTicket, LedgerRequest)
  case show(BoardUpdate)
  case log(LogLine)
}

/// Tells which question an answer is for.
package struct LedgerTicket: Hashable, Sendable {
  package var upstream: UpstreamName
  package var number: UInt64
}

/// The clocks of the node at one moment.
package struct Moment: Hashable, Sendable {
  /// Milliseconds of the clock that never goes back: all decisions.
  package var steadyMs: Int64
  /// Milliseconds since 1970: for display only.
  package var wallMs: Int64

  package init(steadyMs: Int64, wallMs: Int64) {
    self.steadyMs = steadyMs
    self.wallMs = wallMs
  }
}

/// Who this node is.
package struct NodeProfile: Hashable, Sendable {
  /// Its name among the nodes.
  package var node: String
  /// New for each start.
  package var run: String
  /// How long a lease lasts without a renewal, in ms.
  package var leaseMs: Int

  package init(node: String, run: String, leaseMs: Int) {
    self.node = node
    self.run = run
    self.leaseMs = leaseMs
  }
}
