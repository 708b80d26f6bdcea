package import Health

/// What is decided of one peer: the peer object of the HTTP API and of the evidence hash.
package struct PeerRecord: Hashable, Sendable {
  package var peer: PeerName
  /// When `status` last changed: milliseconds since 1970, by the ledger's clock.
  package var sinceMs: Int64
  /// Short code of the failure behind the last transition; `OK` for one to up; `SET` where the settings keep it down;
  /// empty: there was none.
  package var reason: String
  /// The votes of the last decision; nil: there was none.
  package var votes: Votes?
  /// Nearly no peer has one, so it takes a pointer's room and not its own.
  private var boxed: Box
  // Small ones last: there is a record for each peer, three times over.
  package var role: Role
  /// What readers act on.
  package var status: PeerState
  /// What the votes decided.
  package var decided: PeerState
  package var evidence: Evidence

  package init(
    peer: PeerName, role: Role, status: PeerState, decided: PeerState, evidence: Evidence,
    sinceMs: Int64 = 0, reason: String = "", votes: Votes? = nil, override: Override? = nil
  ) {
    self.peer = peer
    self.role = role
    self.status = status
    self.decided = decided
    self.evidence = evidence
    self.sinceMs = sinceMs
    self.reason = reason
    self.votes = votes
    boxed = override.map { .override($0) } ?? .none
  }

  /// The reason of a peer that the settings keep down (`respect_down`).
  package static let markedDown = "SET"

  /// The settings keep it down, whatever its votes say.
  package var isMarkedDown: Bool { decided == .down && reason == Self.markedDown }

  /// The override that `status` follows; nil: there is none.
  package var override: Override? {
    get { if case .override(let override) = boxed { override } else { nil } }
    set { boxed = newValue.map { .override($0) } ?? .none }
  }

  private indirect enum Box: Hashable, Sendable {
    case none
    case override(Override)
  }

  /// A peer nobody has probed yet.
  package init(assumed peer: PeerDefinition) {
    let state: PeerState = peer.startsDown ? .down : .up
    self.init(peer: peer.name, role: peer.role, status: state, decided: state, evidence: .assumed)
  }
}
