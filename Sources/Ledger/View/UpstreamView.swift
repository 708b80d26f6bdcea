package import Health

/// One upstream as a node knows it.
package struct UpstreamView: Sendable {
  package var name: UpstreamName
  /// The checker in force; nil: nobody probes these peers.
  package var checker: Checker?
  /// Where the ledger stands; nil for an upstream without a checker.
  package var head: Head?
  /// Who decides, as last seen; nil: nobody does now, or nobody ever will.
  package var lease: Lease?
  /// In the order of the definition in force, primaries and backups mixed.
  package var peers: [PeerView]
  /// Who probes which of `peers`.
  package var assignment = Assignment.nobody
  /// What the other nodes report, by node: of earlier runs too, until they expire.
  package var reportsByNode: [String: NodeReports] = [:]
  /// Why what is shown of it is stale though the ledger answers; nil: it is not.
  package var trouble: UpstreamTrouble?
  /// What this node had to ask again.
  package var retries: [RetryCount] = []
  /// Set by the board: where this node gets those peers from that do not stand in its settings.
  package internal(set) var sources: [PeerSourceView] = []
  /// Set by the board: the version of the board at which this view came, or became what it is.
  package internal(set) var version: UInt64 = 0
  /// Set by the board: the ledger, or this upstream in it, cannot be read, so that no report counts and nothing is confirmed.
  package internal(set) var isHeld = false

  package init(name: UpstreamName, checker: Checker?, head: Head?, peers: [PeerView]) {
    self.name = name
    self.checker = checker
    self.head = head
    self.peers = peers
  }

  /// What is left of it without the ledger's word: the last decisions, resting on no fresh vote.
  func heldWithoutEvidence(at version: UInt64) -> UpstreamView {
    var held = self
    held.version = version
    held.isHeld = true
    for index in held.peers.indices where held.peers[index].record.evidence == .confirmed {
      held.peers[index].record.evidence = .stale
    }
    return held
  }

  /// Where its peers come from; `definition` is the one in force.
  package mutating func tellSources(of definition: UpstreamDefinition) {
    // Nobody pays for it whose peers all stand in the settings.
    guard definition.peers.contains(where: { $0.source != nil }) else { return }
    let sources = Dictionary(
      definition.peers.map { ($0.name, $0.source) }, uniquingKeysWith: { first, _ in first })
    for index in peers.indices { peers[index].source = sources[peers[index].record.peer] ?? nil }
  }

  func showsSameStatus(as other: UpstreamView) -> Bool {
    (checker == nil) == (other.checker == nil) && peers.count == other.peers.count
      && zip(peers, other.peers).allSatisfy { left, right in
        left.record.status == right.record.status && left.record.role == right.record.role
          && left.record.peer == right.record.peer
      }
  }
}

extension PeerRecord {
  /// The override that is in force; nil: there is none, or it was taken back.
  package var overrideInForce: Override? { override.flatMap { $0.state == .auto ? nil : $0 } }

  /// An operator holds it up against the votes: readers use it, and nothing speaks for it.
  package var isForcedUp: Bool { status == .up && decided == .down && overrideInForce?.state == .up }
}

/// One peer as a node knows it.
package struct PeerView: Hashable, Sendable {
  package var record: PeerRecord
  /// This node's own view; nil: it has not probed the peer.
  package var report: Report?
  /// Nearly no peer has one, so it takes a pointer's room and not its own.
  private var boxedSource: Box

  package init(record: PeerRecord, report: Report? = nil, source: String? = nil) {
    self.record = record
    self.report = report
    boxedSource = source.map { .text($0) } ?? .none
  }

  /// Where the definition in force has it from; nil: it stands in the settings.
  package var source: String? {
    get { if case .text(let text) = boxedSource { text } else { nil } }
    set { boxedSource = newValue.map { .text($0) } ?? .none }
  }

  private indirect enum Box: Hashable, Sendable {
    case none
    case text(String)
  }
}
