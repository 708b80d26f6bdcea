import Cluster
import Health
import Ledger

struct PanicFollowsTheStatuses: Invariant {
  static let promise = """
    With each commit the head says that the upstream is in panic where the statuses in the ledger and the definition in \
    force make that of it, and nowhere else; each change of it is one event.
    """
  static let looksAt: TraceEvent.Kinds = [.decided]

  /// What the last commit of each upstream was, and what it said.
  private var last = PerUpstream((commit: "", panic: false))

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .performed(let performed) = traceEvent, performed.isPrimary, let commit = performed.accepted
    else {
      return
    }
    let events = commit.changes.compactMap { change -> Bool? in
      if case .panic(let isOn, _) = change { isOn } else { nil }
    }
    check(commit, events, in: world)
    last[commit.upstream] = (commit.id, commit.panic)
  }

  private func check(_ commit: Commit, _ events: [Bool], in world: World) {
    let upstream = commit.upstream
    if events.count > 1 || events.contains(where: { $0 != commit.panic }) {
      object(
        "\(commit.id) tells of panic \(events), and its head says \(commit.panic)", of: upstream, in: world)
    }
    // Another commit, or a loss, may have come between.
    let before = last[upstream]
    if !commit.isResync, !commit.after.isEmpty, commit.after == before.commit,
      (before.panic != commit.panic) != (events.count == 1)
    {
      object(
        "\(commit.id) leads from \(before.panic) to \(commit.panic), and tells \(events)", of: upstream,
        in: world)
    }
    guard let snapshot = world.primaryState.snapshot(of: upstream), snapshot.head.isWhole,
      snapshot.head.commit == commit.id
    else { return }
    let count = UpCount(snapshot.records.values)
    let wanted = count.isPanic(below: snapshot.definition?.checker?.panicBelow)
    if snapshot.head.panic != wanted {
      object(
        "after \(commit.id) \(count.up) of \(count.total) are up, and panic is \(snapshot.head.panic)",
        of: upstream,
        in: world)
    }
  }
}
