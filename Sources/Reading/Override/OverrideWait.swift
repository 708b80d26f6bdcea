package import Health
package import Ledger

/// Tells when the leader has applied an operator's word.
package struct OverrideWait: Sendable {
  package enum Applied: Hashable, Sendable {
    /// By this event.
    case event(LedgerEvent)
    /// The record follows it; the event itself was not heard.
    case found
  }

  let peer: PeerName
  let override: Override

  package init(_ peer: PeerName, _ override: Override) {
    self.peer = peer
    self.override = override
  }

  /// - Parameter news: of the upstream, heard since before the word was given.
  package func judge(_ news: LedgerNews) -> Applied? {
    switch news {
    case .event(let event): isOfIt(event.change) ? .event(event) : nil
    case .snapshot(_, let snapshot): snapshot.records[peer]?.follows(override) == true ? .found : nil
    case .absent, .unreachable, .deaf: nil
    }
  }

  private func isOfIt(_ change: LedgerEvent.Change) -> Bool {
    guard case .override(peer, let state, let by, let why, let rev) = change else { return false }
    // An earlier version does not tell the revision.
    return [override.rev, 0].contains(rev) && (state, by, why) == (override.state, override.by, override.why)
  }
}

extension PeerRecord {
  /// Whether the leader has applied this word of an operator.
  func follows(_ word: Override) -> Bool {
    guard let own = override else { return word.state == .auto }
    return own.rev == word.rev
  }
}
