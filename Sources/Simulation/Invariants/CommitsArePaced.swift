import Ledger

package struct CommitsArePaced: Invariant {
  package static let promise = """
    At most one commit for each 100 ms and upstream, by the leader's clock; a resync and a definition may follow at once.
    """
  package static let looksAt: TraceEvent.Kinds = [.asked]

  private static let pauseMs: Int64 = 100

  private struct Sent {
    var id: String
    var atMs: Int64
  }

  private var last: [RunOfUpstream: Sent] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .asked(let node, _, .commit(let commit)) = traceEvent else { return }
    let nowMs = node.steadyMs(at: world.nowUs)
    let key = RunOfUpstream(run: node.run, upstream: commit.upstream)
    let before = last[key]
    // The same again, because nobody knows what became of it.
    if before?.id == commit.id { return }
    last[key] = Sent(id: commit.id, atMs: nowMs)
    guard let before, commit.definition == nil, !commit.isResync else { return }
    if nowMs - before.atMs < Self.pauseMs {
      object("\(node.name) sends \(commit.id) \(nowMs - before.atMs) ms after \(before.id)", in: world)
    }
  }
}
