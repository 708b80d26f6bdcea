import Ledger

package struct ResyncOnlyAfterALoss: Invariant {
  package static let promise = """
    Everything is written again only where something was lost: since the last time, or in the eyes of a leader who had \
    seen more than the ledger holds.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .performed, .began]

  private struct Line {
    var head = Position()
    /// The id of the last commit.
    var commit = ""
    var hasLost = false
    /// Nodes that remember the numbers of before begin above them, whenever they come to lead.
    var wasDeleted = false
  }

  /// What each run has written last, on whichever server: it may not have got the answer, and another server may lack it.
  private var written: [RunOfUpstream: (seq: UInt64, id: String)] = [:]
  private var lines = PerServer(PerUpstream(Line()))
  /// By run, the server which had lost something when it last told it where it stood. What the run then sends may be taken by
  /// another one, which has lost nothing and has taken over meanwhile: once, it looks away there.
  private var toldOfLoss: [RunOfUpstream: Int] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      lines.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        lines[world.primary][upstream].hasLost = true
        // What nobody has in the settings counts as deleted then.
        if world.owners(of: upstream).isEmpty { lines[world.primary][upstream].wasDeleted = true }
      }
    case .performed(let performed):
      // Who remembers what was deleted begins above it.
      if let upstream = performed.deleted {
        lines[performed.server][upstream] = Line(hasLost: true, wasDeleted: true)
      }
      note(performed)
      guard let commit = performed.accepted else { return }
      check(commit, &lines[performed.server][commit.upstream], performed, world)
      let writer = RunOfUpstream(run: performed.run, upstream: commit.upstream)
      written[writer] = (commit.lastSeq, commit.id)
      if commit.isResync { toldOfLoss[writer] = nil }
    default: break
    }
  }

  private mutating func note(_ performed: Performed) {
    switch performed.answer {
    case .granted, .outOfStep:
      guard let upstream = performed.request.upstream, lines[performed.server][upstream].hasLost else {
        return
      }
      toldOfLoss[RunOfUpstream(run: performed.run, upstream: upstream)] = performed.server
    default: break
    }
  }

  /// The ledger lacks what the leader has written: a replica has taken over.
  private func isMissed(_ last: (seq: UInt64, id: String)?, by line: Line) -> Bool {
    guard let last else { return false }
    return last.seq > line.head.seq || last.seq == line.head.seq && last.id != line.commit
  }

  private func check(_ commit: Commit, _ line: inout Line, _ performed: Performed, _ world: World) {
    let known = world.knowledge.of(performed.run, on: commit.upstream)
    let writer = RunOfUpstream(run: performed.run, upstream: commit.upstream)
    // On a server that never held it, the first commit may as well be one: it is rebuilt from what nodes report.
    let isFirst = line.head == Position()
    if commit.isResync, !isFirst, !line.wasDeleted, !line.hasLost, known.head <= line.head,
      known.seq <= line.head.seq, !isMissed(written[writer], by: line),
      toldOfLoss[writer] ?? performed.server == performed.server
    {
      object("\(commit.id) writes everything again, and nothing was lost", of: commit.upstream, in: world)
    }
    line.commit = commit.id
    line.head = Position(term: commit.holder.term, seq: commit.lastSeq)
    if commit.isResync { line.hasLost = false }
  }
}
