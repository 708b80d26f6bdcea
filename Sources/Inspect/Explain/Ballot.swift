package import Health
package import Ledger

/// What one node says of a peer, and whether it counts.
package struct Ballot: Hashable, Sendable {
  package enum Standing: Hashable, Sendable {
    case counts
    /// Its probe is overdue.
    case late
    /// The node was started again since.
    case runGone
    /// The node is no member.
    case noMember
    case leaving
    /// Not heard for so many milliseconds: about to be dropped, or dropped already.
    case silent(Int64)
    /// The node ended without leaving, and was last heard so many milliseconds ago.
    case gone(Int64)
    /// It does not probe the peer any more.
    case notAssigned
    /// It probes the peer, or may, and has not told yet.
    case missing
  }

  package var node: String
  package var report: Report?
  package var standing: Standing

  /// Its vote; nil: it has none.
  package var vote: PeerState? { standing == .counts ? report?.state : nil }
}

extension Ballot.Standing {
  /// `yes`, or why not.
  var sentence: String {
    switch self {
    case .counts: "yes"
    case .late: "no: its probe is late"
    case .runGone: "no: its run is gone"
    case .noMember: "no: it is no member"
    case .leaving: "no: it is leaving"
    case .silent(let ms): "no: silent for \(Words.age(ms))"
    case .gone(let ms): "no: missing for \(Words.age(ms))"
    case .notAssigned: "no: not its peer now"
    case .missing: "no report yet"
    }
  }

  /// For programs.
  var word: String {
    switch self {
    case .counts: "counts"
    case .late: "late"
    case .runGone: "run_gone"
    case .noMember: "no_member"
    case .leaving: "leaving"
    case .silent: "silent"
    case .gone: "node_missing"
    case .notAssigned: "not_assigned"
    case .missing: "missing"
    }
  }
}

/// Names the nodes that probe a peer, out of those that take part.
///
/// The rule is the cluster's; who does not have it knows only how many there are.
package typealias ShareRule =
  @Sendable (
    _ upstream: UpstreamName, _ peer: PeerName, _ probers: Int, _ nodes: [String]
  ) -> [String]

/// All that is said of a peer now, and what follows from it.
package struct Ballots: Sendable {
  /// By name of the node. Nodes that have nothing to say are left out.
  package var list: [Ballot]
  /// Who should vote; nil: only `count` is known.
  package var assigned: [String]?
  /// What the reports are worth now.
  package var votes: Votes
  /// Nil: nobody is missing who had the upstream.
  package var strength: VotingStrength?

  package init(_ reading: PeerReading, share: ShareRule?) {
    let checker = reading.snapshot.definition?.checker
    let takingPart = Self.takingPart(reading)
    let assigned = checker.flatMap { checker in
      share?(reading.upstream, reading.record.peer, checker.probers, takingPart)
        ?? Self.everybody(takingPart, checker)
    }
    list = Self.list(reading, takingPart, assigned.map { Set($0) })
    let known = reading.record.votes.map { Int($0.assigned) }
    let count = assigned?.count ?? known ?? min(checker?.probers ?? 0, takingPart.count)
    let votes = list.compactMap(\.vote)
    let quorum = checker?.quorum ?? reading.record.votes.map { .count(Int($0.needed)) } ?? .majority
    self.assigned = assigned
    self.votes = Votes(
      up: votes.count { $0 == .up }, down: votes.count { $0 == .down }, assigned: count, quorum: quorum,
      wanted: checker?.probers)
    guard let checker else { return }
    let missing = reading.missing.count { gone in
      reading.cards[gone.node].map { $0.run != gone.run || reading.has(gone) } ?? true
    }
    guard missing > 0 else { return }
    strength = VotingStrength(
      live: takingPart.count, missing: missing, wanted: checker.probers, quorum: checker.quorum)
  }

  /// Where there are no more nodes than probers, nobody need know the rule.
  private static func everybody(_ nodes: [String], _ checker: Checker) -> [String]? {
    !nodes.isEmpty && nodes.count <= checker.probers ? nodes : nil
  }

  /// Live members with the upstream in their settings, by name.
  private static func takingPart(_ reading: PeerReading) -> [String] {
    reading.members.filter { member in
      reading.liveness(of: member) == .live && reading.has(member)
    }.map(\.node).sorted()
  }

  private static func list(
    _ reading: PeerReading, _ takingPart: [String], _ assigned: Set<String>?
  ) -> [Ballot] {
    let members = Dictionary(reading.members.map { ($0.node, $0) }, uniquingKeysWith: { $1 })
    return Set(members.keys).union(reading.sheets.keys).sorted().compactMap { node in
      let sheet = reading.sheets[node]
      let report = sheet?.reports[reading.record.peer]
      let isAssigned = assigned?.contains(node)
      guard let sheet, let report else {
        // Without the rule nobody knows whether this one should tell.
        return isAssigned == true ? Ballot(node: node, report: nil, standing: .missing) : nil
      }
      let standing = Self.standing(reading, node, members[node], sheet, report, isAssigned)
      return Ballot(node: node, report: report, standing: standing)
    }
  }

  private static func standing(
    _ reading: PeerReading, _ node: String, _ member: Member?, _ sheet: ReportSheet, _ report: Report,
    _ isAssigned: Bool?
  ) -> Ballot.Standing {
    guard let member else {
      let gone = reading.missing.first { $0.node == node }
      return gone.map { .gone(max(0, reading.atMs - $0.atMs)) } ?? .noMember
    }
    if member.run != sheet.run { return .runGone }
    switch reading.liveness(of: member) {
    case .leaving: return .leaving
    case .silent(let ms): return .silent(ms)
    case .missing(let ms): return .gone(ms)
    case .live: break
    }
    if isAssigned == false { return .notAssigned }
    return report.late ? .late : .counts
  }
}

extension PeerReading {
  func liveness(of member: Member) -> Liveness { Liveness(member, atMs: atMs, expiryMs: expiryMs) }

  /// Whether the member's settings have the upstream. Who has not said what it is, and reports it, has.
  func has(_ member: Member) -> Bool {
    guard let card = cards[member.node], card.run == member.run else {
      return sheets[member.node]?.run == member.run
    }
    return card.upstreams[upstream.text] != nil
  }

  /// Members whose settings of the upstream are others than those in force, by name.
  var drift: [String] {
    members.filter { member in
      guard let card = cards[member.node], let digest = card.upstreams[upstream.text] else { return false }
      return digest != snapshot.head.digest
    }.map(\.node)
  }
}
