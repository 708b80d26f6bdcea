/// What a prober is told to do, and what it answers. Whoever gives the orders counts; the prober only asks.
package enum ProbeAction: Hashable, Sendable {
  /// The settings that the peers of one upstream are probed by. A number that is open already is replaced.
  ///
  /// A checker is large: kept apart, so that ten thousand orders to watch are not as large each.
  ///
  /// - of: whose they are, for what is counted; nil: nobody asks.
  indirect case openGroup(UInt32, Checker, of: UpstreamName? = nil)
  /// Ends the group. Its peers must be unwatched first.
  case closeGroup(UInt32)
  /// Probe this peer from now on, every interval of its group, until it is unwatched.
  case watch(ProbeTarget)
  /// Probe this peer once, now; its phase means nothing. It is unwatched when it has a result.
  case once(ProbeTarget)
  /// Probe this peer every so many milliseconds instead; nil: at the interval of its group again.
  case pace(ProbeID, everyMs: Int?)
  /// Probe it no more. A probe under way is abandoned and has no result.
  case unwatch(ProbeID)
}

/// One peer to be probed.
package struct ProbeTarget: Hashable, Sendable {
  package var id: ProbeID
  package var group: UInt32
  package var peer: PeerName
  /// Where in the interval its probes start, in milliseconds: 0 to the interval.
  package var phaseMs: Int
  /// What the peer has otherwise than its group.
  package var overrides: PeerOverrides?

  package init(
    id: ProbeID, group: UInt32, peer: PeerName, phaseMs: Int, overrides: PeerOverrides? = nil
  ) {
    self.id = id
    self.group = group
    self.peer = peer
    self.phaseMs = phaseMs
    self.overrides = overrides
  }
}

/// The number of a peer that is being probed.
package struct ProbeID: Hashable, Sendable {
  /// Small and used again: an index.
  package var index: UInt32
  /// Tells this use of the index from earlier ones, so that a late result finds nobody.
  package var incarnation: UInt32

  package init(index: UInt32, incarnation: UInt32) {
    self.index = index
    self.incarnation = incarnation
  }
}

/// The end of one probe.
package struct ProbeResult: Hashable, Sendable {
  package var id: ProbeID
  package var outcome: Outcome
  /// When it ended: milliseconds of the clock that never goes back.
  package var endedMs: Int64

  package init(id: ProbeID, outcome: Outcome, endedMs: Int64) {
    self.id = id
    self.outcome = outcome
    self.endedMs = endedMs
  }
}
