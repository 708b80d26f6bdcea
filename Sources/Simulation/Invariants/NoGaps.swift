import Health
import Ledger

package struct NoGaps: Invariant {
  package static let promise = "Numbers of events grow by one; only a `resync` leaps, and always upwards."
  package static let looksAt: TraceEvent.Kinds = [.decided, .began, .over]

  private struct Top {
    /// The number of the last event.
    var seq: UInt64 = 0
    /// A loss may have taken it.
    var isLost = false
  }

  private var tops = PerServer(PerUpstream(Top()))

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      tops.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        tops[world.primary][upstream].isLost = true
      }
    case .performed(let performed):
      // Another one of its name begins where it likes.
      if let upstream = performed.deleted { tops[performed.server][upstream].isLost = true }
      guard let commit = performed.accepted else { return }
      check(commit, after: tops[performed.server][commit.upstream], world)
      tops[performed.server][commit.upstream] = Top(seq: commit.lastSeq)
    case .over: for upstream in world.upstreams { checkStream(of: upstream, world) }
    default: break
    }
  }

  private func check(_ commit: Commit, after top: Top, _ world: World) {
    let first = commit.firstSeq
    if top.isLost {
      // Who knows nothing any more begins at 1 again.
      if !commit.isResync, first != 1, first != top.seq + 1 {
        object(
          "after a loss, events go on at \(first) without a resync; \(top.seq) was the last",
          of: commit.upstream, in: world)
      }
    } else if commit.isResync ? first <= top.seq : first != top.seq + 1 {
      object(
        "\(commit.isResync ? "a resync" : "an event") has number \(first) after \(top.seq)",
        of: commit.upstream, in: world)
    }
  }

  private func checkStream(of upstream: UpstreamName, _ world: World) {
    var last: UInt64 = 0
    for event in world.state(of: world.primary).events(of: upstream, after: 0, limit: 10_000) {
      if last > 0, event.seq != last + 1, event.change != .resync || event.seq <= last {
        object("the stream holds \(event.seq) after \(last)", of: upstream, in: world)
      }
      last = event.seq
    }
  }
}
