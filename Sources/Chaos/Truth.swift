package import Health

/// How the peers really are, and have been.
package struct Truth: Sendable {
  /// When a peer changed, and to what: the first is how it began. Milliseconds since 1970.
  package private(set) var changes: [PeerName: [(atMs: Int64, state: PeerState)]] = [:]

  package init() {}

  package mutating func note(_ peer: PeerName, is state: PeerState, at ms: Int64) {
    changes[peer, default: []].append((ms, state))
  }

  /// Whether the peer was in this state at any time from `fromMs` to `toMs`.
  package func was(_ peer: PeerName, _ state: PeerState, from fromMs: Int64, to toMs: Int64) -> Bool {
    let changes = changes[peer] ?? []
    return changes.indices.contains { index in
      let endMs = index + 1 < changes.count ? changes[index + 1].atMs : .max
      return changes[index].state == state && changes[index].atMs <= toMs && endMs >= fromMs
    }
  }

  package var now: [PeerName: PeerState] { changes.compactMapValues { $0.last?.state } }
}
