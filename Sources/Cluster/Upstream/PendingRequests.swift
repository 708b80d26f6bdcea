/// What was asked of the ledger about an upstream and has no answer yet. An answer whose request was dropped meanwhile means
/// nothing: it finds no purpose here.
struct PendingRequests: Sendable {
  enum Purpose: Hashable, Sendable {
    // Of a candidate or a leader: they end with the role.
    case bid
    /// - commits: how many commits had been sent; nil: one was under way, so the answer does not tell where the ledger
    ///   should stand.
    case renewal(sentMs: Int64, commits: UInt64?)
    case handOver
    case commit

    case report
    /// All of the upstream.
    /// - commits: how many commits had been sent; nil: one was under way.
    case snapshot(commits: UInt64)
    /// What is left of an upstream that has lost some of its keys.
    case remains
    case reportsOfAll
    case reports(of: String)
    case delete
    /// Nothing depends on the answer.
    case none

    var isOfRole: Bool {
      switch self {
      case .bid, .renewal, .handOver, .commit: true
      default: false
      }
    }

    var isReports: Bool {
      switch self {
      case .reportsOfAll, .reports: true
      default: false
      }
    }

    var isSnapshot: Bool {
      if case .snapshot = self { true } else { false }
    }
  }

  /// Few at any time.
  private var open: [(number: UInt64, purpose: Purpose)] = []
  private var last: UInt64 = 0

  /// Returns the number of the request.
  mutating func add(_ purpose: Purpose) -> UInt64 {
    last += 1
    if purpose != .none { open.append((last, purpose)) }
    return last
  }

  /// What the request was for; nil: it was dropped.
  mutating func answered(_ number: UInt64) -> Purpose? {
    guard let index = open.firstIndex(where: { $0.number == number }) else { return nil }
    return open.remove(at: index).purpose
  }

  func isOpen(_ purpose: Purpose) -> Bool { open.contains { $0.purpose == purpose } }

  var isReadingReports: Bool { open.contains { $0.purpose.isReports } }

  var isReadingSnapshot: Bool { open.contains { $0.purpose.isSnapshot } }

  mutating func dropSnapshot() { open.removeAll { $0.purpose.isSnapshot } }
  mutating func dropThoseOfRole() { open.removeAll { $0.purpose.isOfRole } }
  mutating func dropAll() { open = [] }
}
