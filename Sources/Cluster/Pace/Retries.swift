import Health
import Ledger

/// What was refused of one upstream, or of the node itself, and when it may be asked again.
struct Retries: Sendable {
  /// Refusals in a row that are worth a line.
  static let sayAfter = 5

  /// Nil: the node's own requests.
  let upstream: UpstreamName?
  private var backoffs: [RequestKind: Backoff] = [:]
  /// Kinds of which a line was said, and none yet that it is over.
  private var said: [RequestKind] = []

  init(_ upstream: UpstreamName?) {
    self.upstream = upstream
  }

  // MARK: Asking

  func isReady(_ kind: RequestKind, _ context: inout Context) -> Bool {
    guard context.policy.backsOff, let backoff = backoffs[kind] else { return true }
    guard backoff.isReady(kind.pace, at: context.nowMs) else { return false }
    return !backoff.isRepetition(at: context.nowMs) || context.retryBudget.isLeft(at: context.nowMs)
  }

  /// It waits for its own rest to be over.
  func isResting(_ kind: RequestKind, _ context: Context) -> Bool {
    guard context.policy.backsOff, let backoff = backoffs[kind] else { return false }
    return !backoff.isReady(kind.pace, at: context.nowMs)
  }

  /// It is asked now: `isReady` has said that it may be.
  mutating func asks(_ kind: RequestKind, _ context: inout Context) {
    var backoff = backoffs[kind] ?? Backoff()
    if backoff.isRepetition(at: context.nowMs) { context.retryBudget.spend() }
    backoff.asked(kind.pace, at: context.nowMs)
    backoffs[kind] = backoff
  }

  /// Both at once. False: it may not be asked now.
  mutating func mayAsk(_ kind: RequestKind, _ context: inout Context) -> Bool {
    guard isReady(kind, &context) else { return false }
    asks(kind, &context)
    return true
  }

  // MARK: Answers

  mutating func accepted(_ kind: RequestKind) { backoffs[kind]?.accepted() }

  /// Returns when it may be asked again: steady ms.
  ///
  /// - Parameter why: for people.
  @discardableResult
  mutating func refused(_ kind: RequestKind, _ why: @autoclosure () -> String, _ context: inout Context)
    -> Int64
  {
    guard context.policy.backsOff else { return context.nowMs }
    var backoff = backoffs[kind] ?? Backoff()
    backoff.refused(kind.pace, chance: chance(kind, backoff, context), at: context.nowMs)
    backoffs[kind] = backoff
    say(kind, why, &context)
    return backoff.notBeforeMs
  }

  /// It is asked now, and should not be needed again soon.
  mutating func tried(_ kind: RequestKind, _ why: @autoclosure () -> String, _ context: inout Context) {
    guard context.policy.backsOff else { return }
    var backoff = backoffs[kind] ?? Backoff()
    backoff.tried(kind.pace, chance: chance(kind, backoff, context), at: context.nowMs)
    backoffs[kind] = backoff
    say(kind, why, &context)
  }

  /// The machine draws no chance: a hash of who asks what for the how manieth time stands for it.
  private func chance(_ kind: RequestKind, _ backoff: Backoff, _ context: Context) -> UInt64 {
    var hash = StableHash()
    hash.combine(context.profile.node)
    hash.combine(upstream?.text ?? "")
    hash.combine(kind.rawValue)
    hash.combine(String(backoff.refusals))
    return hash.value
  }

  private mutating func say(_ kind: RequestKind, _ why: () -> String, _ context: inout Context) {
    guard let backoff = backoffs[kind] else { return }
    // While there is no contact, that is what is said.
    if backoff.refusals >= Self.sayAfter, context.cluster.contact != .lost, !said.contains(kind),
      context.retryBudget.maySay(at: context.nowMs)
    {
      said.append(kind)
      context.log(.backsOff(upstream, kind, times: backoff.refusals, why()))
    }
  }

  /// Whatever the refusals were for, it is over: the ledger was away, and is back.
  mutating func forgive() {
    for kind in backoffs.keys { backoffs[kind]?.forgive() }
  }

  mutating func forgive(_ kind: RequestKind) { backoffs[kind]?.forgive() }

  /// A line was said that is to be taken back when it is over.
  var hasSaid: Bool { !said.isEmpty }

  mutating func tick(_ context: inout Context) {
    guard !said.isEmpty else { return }
    said.removeAll { kind in
      guard backoffs[kind]?.isCalm(kind.pace, at: context.nowMs) ?? true else { return false }
      context.log(.backsOffNoMore(upstream, kind))
      return true
    }
  }

  // MARK: For people

  /// Of the kinds that were ever asked again.
  var counts: [RetryCount] {
    backoffs.filter { $0.value.retries > 0 || $0.value.isRefused }.sorted {
      $0.key.rawValue < $1.key.rawValue
    }
    .map { RetryCount(kind: $0.key, total: $0.value.retries, isBackingOff: $0.value.isRefused) }
  }
}

extension RequestKind {
  /// For people: what is refused.
  var words: String {
    switch self {
    case .lease: "the bid for the lease"
    case .renewal: "the renewal of the lease"
    case .commit: "the commit"
    case .resync: "writing everything again"
    case .snapshot: "reading what is decided"
    case .remains: "reading what is left"
    case .report: "this node's report"
    case .reportsRead: "reading the reports of the others"
    case .handOver: "handing the lead over"
    case .delete: "the deletion"
    case .override: "giving a lost override again"
    case .nodeInfo: "telling what this node is"
    case .nodeInfos: "reading what the others are"
    case .index: "reading the index of upstreams"
    case .missing: "telling who is missing"
    }
  }
}
