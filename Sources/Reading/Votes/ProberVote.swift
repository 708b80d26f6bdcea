package import Health

/// What one node says of a peer, and whether it counts.
package struct ProberVote: Hashable, Sendable {
  package enum Standing: Hashable, Sendable {
    case counts
    /// Nothing counts: whoever shows this cannot reach the ledger.
    case held
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
  /// It is one of the peer's probers.
  package var isAssigned: Bool
  package var standing: Standing

  package init(node: String, report: Report?, isAssigned: Bool, standing: Standing) {
    self.node = node
    self.report = report
    self.isAssigned = isAssigned
    self.standing = standing
  }

  package var counts: Bool { standing == .counts }

  /// Its vote; nil: it has none.
  package var vote: PeerState? { counts ? report?.state : nil }
}

extension ProberVote.Standing {
  /// `yes`, or why not.
  var sentence: String {
    switch self {
    case .counts: "yes"
    case .held: "no: Redis cannot be reached"
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
    case .held: "held"
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
