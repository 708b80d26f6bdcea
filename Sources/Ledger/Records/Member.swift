import Health

/// A node as its last heartbeat told of it.
package struct Member: Hashable, Sendable {
  /// 1 to 64 of `A-Z a-z 0-9 _ . -`.
  package var node: String
  /// New for each start of the node.
  package var run: String
  /// Grows with each heartbeat; under 10^14.
  package var beat: UInt64
  /// Tells when the node's list of upstreams has changed.
  package var digest: String
  /// It has followed the heads of its upstreams.
  package var isWarm: Bool
  /// It is about to end, and counts no more.
  package var isLeaving: Bool
  /// Up to this number (`ReportBatch.number`) nothing that it has reported is on its way any more: whoever has not heard one
  /// of those has missed it.
  package var revision: UInt64
  /// It knows that it does not hear all that is announced.
  package var isDeaf: Bool
  /// It has just reached the ledger, or reached it again, and decides nothing yet: others lead before it does.
  package var isSettling: Bool
  /// What the ledger does not take from it.
  package var refused: Refused
  /// Its first beat since which the ledger has known this run without a break; the ledger's to set. When it changes, the
  /// ledger has lost the run, and perhaps more.
  package var from: UInt64
  /// When the ledger heard it: milliseconds since 1970, by the ledger's clock; for display only.
  package var atMs: Int64

  package init(
    node: String, run: String, beat: UInt64, digest: String = "", isWarm: Bool = false,
    isLeaving: Bool = false,
    revision: UInt64 = 0, isDeaf: Bool = false, isSettling: Bool = false, refused: Refused = [],
    from: UInt64 = 0, atMs: Int64 = 0
  ) {
    self.node = node
    self.run = run
    self.beat = beat
    self.digest = digest
    self.isWarm = isWarm
    self.isLeaving = isLeaving
    self.revision = revision
    self.isDeaf = isDeaf
    self.isSettling = isSettling
    self.refused = refused
    self.from = from
    self.atMs = atMs
  }

  package var pulse: Pulse { Pulse(node: node, run: run, beat: beat) }

  /// What a node cannot do because the ledger refuses it: others do it.
  package struct Refused: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It neither probes nor votes.
    package static let reports = Refused(rawValue: 1)
    /// It does not lead.
    package static let commits = Refused(rawValue: 2)

    package static let all: [(what: Refused, name: String)] = [(.reports, "reports"), (.commits, "commits")]

    package var names: [String] { Self.all.filter { contains($0.what) }.map(\.name) }
  }
}

/// A member as it was seen once. Who still has the same pulse has not been heard since.
package struct Pulse: Hashable, Sendable {
  package var node: String
  package var run: String
  package var beat: UInt64

  package init(node: String, run: String, beat: UInt64) {
    self.node = node
    self.run = run
    self.beat = beat
  }
}

/// A sign of life, which reads the members in the same round trip.
package struct Heartbeat: Hashable, Sendable {
  /// Who sends it; its `atMs` and `from` are the ledger's to set.
  package var member: Member
  /// Another run under the same id, seen unchanged for too long, which this one replaces; nil: a living one is left
  /// alone.
  package var replacing: Pulse?
  /// Members judged dead. One that has been heard since stays; one that had not said that it ends is missing from now
  /// on, until it is heard again or forgotten.
  package var dropping: [Pulse]

  package init(member: Member, replacing: Pulse? = nil, dropping: [Pulse] = []) {
    self.member = member
    self.replacing = replacing
    self.dropping = dropping
  }
}

/// What a node is: written when it changes and every 10 s, so that it outlives a lost ledger.
package struct NodeInfo: Hashable, Sendable {
  package let node: String
  package let run: String
  /// Where its HTTP can be reached, `host:port`; empty: nowhere.
  package var address: String {
    didSet { digest = makeDigest() }
  }
  package var version: String {
    didSet { digest = makeDigest() }
  }
  /// The digest of the definition of each upstream that its settings have.
  package var upstreams: [String: String] {
    didSet { digest = makeDigest() }
  }
  /// Why names, services or files that its peers come from could not be looked up or read at the last try, by upstream: for
  /// who asks why. Nobody decides by it, and so nobody is told when it changes.
  package var sourceTroubles: [String: String] = [:]

  /// The digest that goes with the member's heartbeats: another one tells that the node info is to be read again.
  package private(set) var digest = ""

  package init(
    node: String, run: String, address: String = "", version: String = "", upstreams: [String: String] = [:]
  ) {
    self.node = node
    self.run = run
    self.address = address
    self.version = version
    self.upstreams = upstreams
    digest = makeDigest()
  }

  private func makeDigest() -> String {
    var hash = StableHash()
    for part in [run, address, version] { hash.combine(part) }
    for (upstream, digest) in upstreams.sorted(by: { $0.key < $1.key }) {
      hash.combine(upstream)
      hash.combine(digest)
    }
    return String(hash.value, radix: 16)
  }
}
