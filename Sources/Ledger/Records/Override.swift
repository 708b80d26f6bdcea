package import Health

/// An override: what an operator says of a peer. It sits on top of what the votes decided.
package struct Override: Hashable, Sendable {
  package enum State: String, Hashable, Sendable, CaseIterable {
    case up
    case down
    /// Down, because it is to be taken out in peace.
    case drain
    /// Taken back: the votes decide.
    case auto
  }

  package var state: State
  /// Who said it.
  package var by: String
  package var why: String
  /// When: milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  /// Higher than that of every override before it on this upstream, also where the ledger has lost those, or the peer was
  /// taken out meanwhile. A moment by the ledger's clock where that went on; at most `Lease.highestTerm`.
  package var rev: UInt64

  package init(state: State, by: String, why: String, atMs: Int64 = 0, rev: UInt64 = 0) {
    self.state = state
    self.by = by
    self.why = why
    self.atMs = atMs
    self.rev = rev
  }
}

extension Override.State {
  /// What readers are to act on; nil: what the votes decided.
  package var status: PeerState? {
    switch self {
    case .up: .up
    case .down, .drain: .down
    case .auto: nil
    }
  }
}

/// A request for an override.
package struct OverrideRequest: Hashable, Sendable {
  package var upstream: UpstreamName
  package var peer: PeerName
  package var state: Override.State
  package var by: String
  package var why: String
  /// The revision that the operator saw, 0 for none: another one refuses the order. Nil: whatever there is.
  package var replacingRev: UInt64?

  package init(
    upstream: UpstreamName, peer: PeerName, state: Override.State, by: String, why: String,
    replacingRev: UInt64? = nil
  ) {
    self.upstream = upstream
    self.peer = peer
    self.state = state
    self.by = by
    self.why = why
    self.replacingRev = replacingRev
  }
}
