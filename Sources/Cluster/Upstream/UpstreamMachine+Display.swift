import Health
import Ledger

/// When an upstream was last shown, and whether it should be again.
struct Display: Sendable {
  /// At most once in this many ms for what the probes say.
  static let pauseMs: Int64 = 100
  /// Counters and latencies change with every probe; they are shown this often, in ms.
  static let countersMs: Int64 = 10_000

  var isDue = false
  var shownMs: Int64?
}

extension UpstreamMachine {
  /// There is something to show.
  var isKnown: Bool { definition != nil && (isPlain || isFollowed) }

  mutating func showIfDue(_ step: inout Step) {
    // Nothing is shown of an upstream before its definition is in force.
    guard let shownMs = display.shownMs else { return }
    let age = step.nowMs - shownMs
    if (display.isDue && age >= Display.pauseMs) || age >= Display.countersMs { show(&step) }
  }

  mutating func show(_ step: inout Step) {
    // One that was deleted has no place in the stream any more, and may soon be another one.
    guard isKnown || !step.keeps(.deletedHidden) else { return }
    guard !following.isBetweenBranches else {
      display.isDue = true
      return
    }
    display = Display(isDue: false, shownMs: step.nowMs)
    var view = UpstreamView(
      name: name, checker: checker, head: checker == nil ? nil : head,
      peers: peers.map { PeerView(record: $0.record, report: $0.report) })
    view.lease = leadership.held?.lease ?? leaseWatch.current
    view.assignment = assignment
    view.sheets = sheets
    step.actions.append(.show(.upstream(view)))
  }
}
