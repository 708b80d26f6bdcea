package import Health
package import Ledger

/// How far a watcher has told of each upstream: each event is told once, and none is left out that the ledger still has.
package struct WatchProgress: Sendable {
  /// What was missed, and can be told now.
  package struct Fill: Hashable, Sendable {
    package var events: [LedgerEvent]
    /// Numbers of events that the ledger no longer has.
    package var lost: ClosedRange<UInt64>?
  }

  private struct Progress: Sendable {
    var seq: UInt64
    /// Nil: only the number is known.
    var position: Position?
    /// The ledger did not have the upstream for a while: it may have begun again at 1.
    var mayBeAnew = false

    init(seq: UInt64) { self.seq = seq }

    init(_ position: Position) {
      seq = position.seq
      self.position = position
    }

    func isBefore(_ event: LedgerEvent) -> Bool { event.seq > seq || leadsTo(event.position) }

    /// Numbers at `other` are others than those that were told, though they may be as low.
    func leadsTo(_ other: Position) -> Bool {
      switch position?.relation(of: other) {
      case .ahead, .otherBranch: true
      case .same, .behind, nil: false
      }
    }

    func isOnOtherBranch(than other: Position) -> Bool { position?.relation(of: other) == .otherBranch }
  }

  private var told: [UpstreamName: Progress] = [:]
  private let old: Set<UpstreamName>

  /// - Parameter old: upstreams that were there before the watch: of these only what is new is told, of others
  ///   everything.
  package init(old: Set<UpstreamName>) {
    self.old = old
  }

  /// Only what comes after this number is told.
  package mutating func begin(_ upstream: UpstreamName, after seq: UInt64) {
    told[upstream] = Progress(seq: seq)
  }

  /// Whether its place is known from the ledger itself.
  func hasStood(_ upstream: UpstreamName) -> Bool { told[upstream]?.position != nil }

  /// An event came. True: it is new.
  package mutating func accept(_ event: LedgerEvent) -> Bool {
    guard told[event.upstream, default: Progress(seq: 0)].isBefore(event) else { return false }
    told[event.upstream] = Progress(event.position)
    return true
  }

  /// The ledger does not have the upstream.
  package mutating func miss(_ upstream: UpstreamName) { told[upstream]?.mayBeAnew = true }

  /// The upstream stands so. Not nil: events after this number are to be read, and given to `fill`.
  package mutating func gap(_ upstream: UpstreamName, _ head: Head) -> UInt64? {
    guard let progress = told[upstream] else {
      told[upstream] = old.contains(upstream) ? Progress(head.position) : Progress(seq: 0)
      return old.contains(upstream) || head.seq == 0 ? nil : 0
    }
    let beganAnew = head.seq < progress.seq && progress.leadsTo(head.position)
    // Where two runs have the same term, nobody knows from which number on the events are others.
    if progress.mayBeAnew || beganAnew || progress.isOnOtherBranch(than: head.position) { return 0 }
    if head.seq > progress.seq { return progress.seq }
    // It may be less than what the watch was to begin after.
    if progress.position == nil { told[upstream] = Progress(head.position) }
    stand(upstream, head)
    return nil
  }

  /// - Parameter events: what the ledger has after the number that `gap` told.
  package mutating func fill(_ upstream: UpstreamName, _ head: Head, _ events: [LedgerEvent]) -> Fill {
    let before = told[upstream] ?? Progress(seq: 0)
    let fresh = events.filter { accept($0) }
    stand(upstream, head)
    return Fill(events: fresh, lost: Self.lost(after: before, head, fresh.first))
  }

  private mutating func stand(_ upstream: UpstreamName, _ head: Head) {
    let progress = told[upstream] ?? Progress(seq: 0)
    let isAhead =
      progress.seq >= head.seq
      && (progress.position?.relation(of: head.position) == .behind || progress.position == head.position)
    if isAhead { told[upstream]?.mayBeAnew = false } else { told[upstream] = Progress(head.position) }
  }

  /// Numbers are left out before a resync alone.
  private static func lost(after progress: Progress, _ head: Head, _ first: LedgerEvent?) -> ClosedRange<
    UInt64
  >? {
    guard !progress.mayBeAnew, first?.change != .resync else { return nil }
    let next = first?.seq ?? head.seq + 1
    return next > progress.seq + 1 ? progress.seq + 1...next - 1 : nil
  }
}
