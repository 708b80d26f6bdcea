package import Health
package import Ledger

/// Holds what one reader was told against the truth: everything that was told must have been so, once, and in order.
package struct Judge: Sendable {
  /// How long a peer may be in another state already when a decision about it comes: as long as a node that is cut off may be
  /// silent and have a vote all the same (`member_expiry`).
  package static let latestMs: Int64 = 5000
  /// The same of a reading after an outage, which tells what was decided at some time in it.
  package static let latestReadingMs: Int64 = 40_000
  /// Clocks are read at different moments.
  private static let skewMs: Int64 = 100

  /// An upstream as it was told last.
  private struct Told: Sendable {
    var position: Position
    var status: [PeerName: PeerState] = [:]
    /// Nothing was told before, or events may be missing before the next.
    var isReadAnew = false
  }

  /// What was wrong, in the order of its coming.
  package private(set) var violations: [String] = []
  package private(set) var transitions = 0
  package private(set) var resyncs = 0
  private var told: [UpstreamName: Told] = [:]
  private var seen: Set<Position.Named> = []

  package init() {}

  /// - Parameter nowMs: when it was told: milliseconds since 1970.
  package mutating func hear(_ news: LedgerNews, against truth: Truth, at nowMs: Int64) {
    switch news {
    case .event(let event): hear(event, truth)
    case .snapshot(let upstream, let snapshot): hear(upstream, snapshot, truth, nowMs)
    case .absent, .unreachable, .deaf: break
    }
  }

  private mutating func hear(_ event: LedgerEvent, _ truth: Truth) {
    let position = event.position
    let name = "\(event.upstream) \(event.term).\(event.run).\(event.seq)"
    if !seen.insert(Position.Named(upstream: event.upstream, position: position)).inserted {
      violations.append("\(name) was told twice")
    }
    var told = told[event.upstream] ?? Told(position: position, isReadAnew: true)
    if event.change == .resync { resyncs += 1 }
    if !told.isReadAnew, event.change != .resync, event.seq != told.position.seq + 1 {
      violations.append("\(name) came after number \(told.position.seq): events are missing")
    }
    if !told.isReadAnew, event.term < told.position.term {
      violations.append("\(name) came after term \(told.position.term): a term went back")
    }
    told.position = position
    told.isReadAnew = event.change == .resync
    if case .transition(let transition) = event.change {
      transitions += 1
      if told.status[transition.peer] == transition.to {
        violations.append("\(name): \(transition.peer) was told to be \(transition.to) already")
      }
      expect(
        transition.peer, transition.to, truth, from: event.atMs - Self.latestMs,
        to: event.atMs + Self.skewMs, name)
      told.status[transition.peer] = transition.to
    }
    self.told[event.upstream] = told
  }

  private mutating func hear(
    _ upstream: UpstreamName, _ snapshot: LedgerSnapshot, _ truth: Truth, _ nowMs: Int64
  ) {
    var told = told[upstream] ?? Told(position: snapshot.head.position)
    if snapshot.head.term < told.position.term {
      violations.append("\(upstream): a reading has term \(snapshot.head.term) after \(told.position.term)")
    }
    for (peer, status) in snapshot.status where told.status[peer] != status && told.status[peer] != nil {
      expect(
        peer, status, truth, from: nowMs - Self.latestReadingMs, to: nowMs + Self.skewMs,
        "a reading of \(upstream)")
    }
    told = Told(position: snapshot.head.position, status: snapshot.status)
    self.told[upstream] = told
  }

  private mutating func expect(
    _ peer: PeerName, _ state: PeerState, _ truth: Truth, from fromMs: Int64, to toMs: Int64, _ name: String
  ) {
    guard !truth.was(peer, state, from: fromMs, to: toMs) else { return }
    violations.append("\(name): \(peer) is told to be \(state), and was not so from \(fromMs) to \(toMs)")
  }

  /// How all peers stand, as this reader knows it.
  package var status: [PeerName: PeerState] {
    told.values.reduce(into: [:]) { $0.merge($1.status) { first, _ in first } }
  }
}

extension Position {
  fileprivate struct Named: Hashable, Sendable {
    var upstream: UpstreamName
    var position: Position
  }
}
