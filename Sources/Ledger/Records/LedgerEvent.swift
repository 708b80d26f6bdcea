package import Health

/// One entry of an upstream's event stream.
package struct LedgerEvent: Hashable, Sendable {
  package var upstream: UpstreamName
  /// 1 for the first event of an upstream; without a gap between resyncs.
  package var seq: UInt64
  package var term: UInt64
  package var run: String
  package var leader: String
  /// When it was committed: milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var change: Change

  /// What an event tells.
  package enum Change: Hashable, Sendable {
    case transition(Transition)
    /// The definition in force is another one now.
    case definition(digest: String)
    /// Everything was written again, after the ledger had lost something.
    case resync
    /// An override is in force. `rev`: its revision; 0 in an event that an earlier version wrote.
    case override(PeerName, Override.State, by: String, why: String, rev: UInt64)
    /// The upstream is in panic from now on, or is not any more; with how many peers are up, of those that could be.
    case panic(Bool, UpCount)
  }

  package init(
    upstream: UpstreamName, seq: UInt64, term: UInt64, run: String, leader: String, atMs: Int64,
    change: Change
  ) {
    self.upstream = upstream
    self.seq = seq
    self.term = term
    self.run = run
    self.leader = leader
    self.atMs = atMs
    self.change = change
  }
}

/// A change of the consensus on one peer.
package struct Transition: Hashable, Sendable {
  package var peer: PeerName
  package var role: Role
  package var from: PeerState
  package var to: PeerState
  /// Short code: a failure's, or `OK`.
  package var reason: String
  /// A sentence for people.
  package var detail: String
  package var votes: Votes

  package init(
    peer: PeerName, role: Role, from: PeerState, to: PeerState, reason: String, detail: String,
    votes: Votes
  ) {
    self.peer = peer
    self.role = role
    self.from = from
    self.to = to
    self.reason = reason
    self.detail = detail
    self.votes = votes
  }
}
