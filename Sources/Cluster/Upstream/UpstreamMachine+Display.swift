import Health
import Ledger

/// When an upstream was last shown, and whether it should be again.
struct Display: Sendable {
  /// At most once in this many ms for what the probes say.
  static let pauseMs: Int64 = 100
  /// Counters and latencies change with every probe; they are shown this often, in ms.
  static let countersMs: Int64 = 10_000

  private var isChanged = false
  /// It is shown as stale by itself.
  private(set) var isHeld = false
  /// Nil: it was never shown.
  private(set) var shownMs: Int64?

  mutating func change() { isChanged = true }
  mutating func hold() { isHeld = true }
  mutating func release() { isHeld = false }

  mutating func shown(at nowMs: Int64) {
    isChanged = false
    shownMs = nowMs
  }

  /// When it is to be shown again; `.max`: it never was.
  var dueMs: Int64 {
    shownMs.map { $0 + (isChanged ? Self.pauseMs : Self.countersMs) } ?? .max
  }
}

extension UpstreamMachine {
  /// There is something to show.
  var isKnown: Bool { inForce.definition != nil && (settings.isPlain || replica.isFollowed) }

  mutating func showIfDue(_ context: inout Context) {
    // Nothing is shown of an upstream before its definition is in force, or after it was deleted.
    if isKnown, context.nowMs >= display.dueMs { show(&context) }
  }

  mutating func show(_ context: inout Context) {
    // One that was deleted has no place in the stream any more, and may soon be another one.
    guard isKnown || !context.policy.hidesDeleted else { return }
    guard !replica.isBetweenBranches else { return display.change() }
    display.shown(at: context.nowMs)
    let checker = inForce.checker
    var view = UpstreamView(
      name: name, checker: checker, head: checker == nil ? nil : replica.head,
      peers: peers.map { PeerView(record: $0.record, report: $0.seen) })
    if let definition = inForce.definition { view.tellSources(of: definition) }
    view.lease = leader?.lease ?? leaseWatch.current
    view.assignment = participants.assignment
    view.reportsByNode = reports.reportsByNode
    view.trouble = display.isHeld ? replica.trouble : nil
    view.retries = asking.retries.counts
    context.actions.append(.show(.upstream(view)))
  }

  // MARK: Stale by itself

  /// What cannot be read is shown as stale by itself, and keeps no other upstream from being fresh.
  mutating func hold(_ context: inout Context) {
    guard !isInStep, replica.trouble != nil, !display.isHeld, context.policy.showsStale else { return }
    holdNow(&context)
  }

  mutating func holdNow(_ context: inout Context) {
    display.hold()
    if display.shownMs != nil { show(&context) }
  }

  mutating func release(_ context: inout Context) {
    replica.forgive()
    guard display.isHeld else { return }
    display.release()
    if display.shownMs != nil { show(&context) }
  }
}
