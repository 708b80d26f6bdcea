package import Health

/// What the ledger still has of an upstream of which keys were lost, in any mixture. A leader that knows nothing itself
/// rebuilds the upstream from it.
package struct LedgerRemains: Hashable, Sendable {
  package var definition: UpstreamDefinition?
  package var records: [PeerName: PeerRecord]
  package var status: [PeerName: PeerState]
  /// Those taken back are among them, with the state `auto`.
  package var overrides: [PeerName: Override]
  /// `Head.liftedRev`, where all overrides that the head counts are there; 0: nobody can tell which of those that are not
  /// were lifted and which were lost.
  package var liftedRev: UInt64
  /// The stream, oldest first; at most 10,000.
  package var events: [LedgerEvent]
  /// What nodes reported, by node; also of runs that have ended.
  package var reports: [String: NodeReports]

  package init(
    definition: UpstreamDefinition? = nil, records: [PeerName: PeerRecord] = [:],
    status: [PeerName: PeerState] = [:], overrides: [PeerName: Override] = [:], liftedRev: UInt64 = 0,
    events: [LedgerEvent] = [], reports: [String: NodeReports] = [:]
  ) {
    self.definition = definition
    self.records = records
    self.status = status
    self.overrides = overrides
    self.liftedRev = liftedRev
    self.events = events
    self.reports = reports
  }

  /// Nothing is left that tells of an earlier decision: the upstream begins. An override can be given before that, but
  /// nobody reports before a definition is in force.
  package var isUndecided: Bool {
    definition == nil && records.isEmpty && status.isEmpty && events.isEmpty && reports.isEmpty
  }

  /// The keys that still hold something, for people.
  package var sources: [String] {
    let all = [
      ("definition", definition != nil), ("evidence", !records.isEmpty), ("status", !status.isEmpty),
      ("overrides", !overrides.isEmpty), ("events", !events.isEmpty), ("reports", !reports.isEmpty),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Where the stream ends: the last number given out, and the highest term that gave one.
  package var top: Position {
    let highest = events.max { $0.term < $1.term }
    return Position(term: highest?.term ?? 0, run: highest?.run ?? "", seq: events.last?.seq ?? 0)
  }

  /// What was last decided of each peer of `definition`, and the last override on each, from what tells it best.
  package func rebuilt(under definition: UpstreamDefinition) -> Rebuilt {
    var history = History()
    for event in events { history.add(event) }
    var rebuilt = Rebuilt()
    for peer in definition.peers {
      if let override = override(on: peer.name, history) { rebuilt.overrides[peer.name] = override }
      rebuilt.records.append(record(of: peer, rebuilt.overrides[peer.name], history, definition))
    }
    return rebuilt
  }

  package struct Rebuilt: Hashable, Sendable {
    /// In the order of the definition.
    package var records: [PeerRecord] = []
    package var overrides: [PeerName: Override] = [:]
  }

  /// The last of each kind that the stream tells of a peer.
  private struct History {
    var transitions: [PeerName: (Transition, atMs: Int64)] = [:]
    var overrides: [PeerName: Override] = [:]

    mutating func add(_ event: LedgerEvent) {
      switch event.change {
      case .transition(let transition):
        transitions[transition.peer] = (transition, event.atMs)
        // What the votes say under an override is no entry: it was lifted before, with its peer, which has come again.
        if overrides[transition.peer]?.state != .auto { overrides[transition.peer] = nil }
      case .override(let peer, let state, let by, let why, let rev):
        // One that an earlier version wrote does not tell its revision: it was given before it came into force.
        overrides[peer] = Override(
          state: state, by: by, why: why, atMs: event.atMs, rev: rev > 0 ? rev : UInt64(clamping: event.atMs))
      case .definition, .resync, .panic: break
      }
    }
  }

  private func override(on peer: PeerName, _ history: History) -> Override? {
    // The hash of overrides is as new as anything; a record has the one that was in force.
    if let known = overrides[peer] ?? records[peer]?.override { return known }
    guard records[peer] == nil, wasThere(peer), let told = history.overrides[peer], told.rev > liftedRev
    else { return nil }
    // The stream does not tell that it was lifted with its peer, but the status is of the same moment as the entry.
    if told.state != .auto, let status = status[peer], status != told.state.status { return nil }
    return told
  }

  /// The peer may have been one when the upstream was last written; if it was not, the stream tells of one that had left
  /// before.
  private func wasThere(_ peer: PeerName) -> Bool {
    records.isEmpty && status.isEmpty || records[peer] != nil || status[peer] != nil
  }

  private func record(
    of peer: PeerDefinition, _ override: Override?, _ history: History, _ definition: UpstreamDefinition
  ) -> PeerRecord {
    if var record = records[peer.name] {
      record.role = peer.role
      return record
    }
    var record = PeerRecord(assumed: peer)
    if wasThere(peer.name), let (last, atMs) = history.transitions[peer.name] {
      record.decided = last.to
      record.reason = last.reason
      record.votes = last.votes
      record.sinceMs = atMs
      record.evidence = .stale
    }
    let isOverridden = override.map { $0.state != .auto } ?? false
    if let status = status[peer.name], !isOverridden {
      // The stream does not reach back to the beginning, and a resync in it may have told more than its entry.
      if status != record.decided { record.sinceMs = 0 }
      record.decided = status
      record.evidence = .stale
    } else if record.evidence == .assumed, let reported = reported(peer.name, definition) {
      record.decided = reported
      record.evidence = .stale
    }
    record.override = isOverridden ? override : nil
    record.status = record.override?.state.status ?? record.decided
    return record
  }

  /// What the nodes saw last, as votes.
  private func reported(_ peer: PeerName, _ definition: UpstreamDefinition) -> PeerState? {
    let states = reports.values.compactMap { $0.reports[peer]?.state }
    guard !states.isEmpty else { return nil }
    let down = states.count { $0 == .down }
    return Votes(
      up: states.count - down, down: down, assigned: states.count,
      quorum: definition.checker?.quorum ?? .majority
    ).decision
  }
}
