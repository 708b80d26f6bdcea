package import Health
package import Ledger

/// What happens to a node.
package enum MachineEvent: Sendable {
  /// The upstreams of the settings, in their order.
  case configured([UpstreamDefinition])
  /// What is wrong with the sources of an upstream's peers, by its name (`NodeInfo.sourceTroubles`).
  case sourceTroubles([String: String])
  case probed([ProbeResult])
  case answered(LedgerTicket, Result<LedgerAnswer, LedgerError>)
  case read(LedgerTicket, Result<LedgerReading, LedgerError>)
  /// What the ledger announces. Never comes where the ledger is this node's alone.
  case heard(LedgerAnnouncement)
  /// Comes about every `Machine.tickMs`, whatever else happens.
  case tick
  /// The node is about to end: leases are handed over or given up, and it leaves.
  case stopping
}

/// What a node is to do about it.
package enum MachineAction: Sendable {
  case probe(ProbeAction)
  /// Ask the ledger; its answer comes back as `answered` with the same ticket.
  case ask(LedgerTicket, LedgerRequest)
  /// Read of the ledger; comes back as `read` with the same ticket.
  case read(LedgerTicket, LedgerQuery)
  case show(BoardUpdate)
  case log(LogLine)
  /// End, and say why: this node must not run.
  case refuse(String)
}

/// Tells which question an answer is for.
package struct LedgerTicket: Hashable, Sendable {
  /// Nil: it is about the nodes.
  package var upstream: UpstreamName?
  package var number: UInt64

  package init(upstream: UpstreamName?, number: UInt64) {
    self.upstream = upstream
    self.number = number
  }
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
  /// Nil: the ledger is in this process, and there are no other nodes.
  package var sharing: Sharing?
  /// All of them, but where a test wants to see what they are for.
  package var safeguards: Safeguards

  package init(
    node: String, run: String, leaseMs: Int, sharing: Sharing? = nil, safeguards: Safeguards = .all
  ) {
    self.node = node
    self.run = run
    self.leaseMs = leaseMs
    self.sharing = sharing
    self.safeguards = safeguards
  }

  /// How a node lives with others.
  package struct Sharing: Hashable, Sendable {
    /// Milliseconds between heartbeats; 1 or more.
    package var heartbeatMs: Int64
    /// A member not heard for so many ms is dropped.
    package var memberExpiryMs: Int64
    /// Where this node's HTTP can be reached, `host:port`.
    package var address: String
    package var version: String
    /// Milliseconds that a node is missed which ended without leaving.
    package var missedMs = Int64(SharedState.missedMs)
    /// Milliseconds that an upstream is kept which nobody has in the settings any more.
    package var orphanMs: Int64 = 60_000

    package init(heartbeatMs: Int64, memberExpiryMs: Int64, address: String = "", version: String = "") {
      self.heartbeatMs = heartbeatMs
      self.memberExpiryMs = memberExpiryMs
      self.address = address
      self.version = version
    }

    /// For so long what was read counts as what the ledger holds, from when it was asked for: three heartbeats that
    /// nothing could be read after, and the time that an answer may take.
    var freshMs: Int64 { 3 * heartbeatMs + 1000 }

    /// For so long after its start, or after a lost ledger, a node drops nobody and commits no transition.
    var settlingMs: Int64 { memberExpiryMs + heartbeatMs }
  }
}
