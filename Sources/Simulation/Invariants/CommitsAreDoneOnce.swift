import Health
import Ledger

package struct CommitsAreDoneOnce: Invariant {
  package static let promise = "A commit is done once or not at all, also when its answer is lost."
  package static let looksAt: TraceEvent.Kinds = [.decided, .began]

  private struct Done {
    var ids: Set<String> = []
    var last: Commit?
    /// The last turn of each peer, where nothing else came since.
    var turned: [PeerName: PeerState] = [:]
  }

  private var done = PerServer(PerUpstream(Done()))

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault): done.follow(fault, in: world)
    case .performed(let performed):
      if let upstream = performed.deleted { done[performed.server][upstream] = Done() }
      guard let commit = performed.accepted else { return }
      check(commit, &done[performed.server][commit.upstream], world)
    default: break
    }
  }

  private func check(_ commit: Commit, _ done: inout Done, _ world: World) {
    if !done.ids.insert(commit.id).inserted { object("\(commit.id) was done twice", in: world) }
    // What a fail-over has lost is written again.
    if let last = done.last, last.says(theSameAs: commit), world.conditions.lossUs == nil {
      object("\(commit.id) is \(last.id) again", in: world)
    }
    done.last = commit
    for change in commit.changes {
      switch change {
      case .transition(let turn):
        if done.turned.updateValue(turn.to, forKey: turn.peer) == turn.to {
          object("\(turn.peer) turned \(turn.to) twice", in: world)
        }
      case .override(let peer, _, _, _, _): done.turned[peer] = nil
      case .definition, .resync: done.turned = [:]
      case .panic: break
      }
    }
  }
}

extension Commit {
  fileprivate func says(theSameAs other: Commit) -> Bool {
    holder == other.holder && changes == other.changes && records == other.records && removed == other.removed
      && definition == other.definition && !isResync
  }
}
