import Health
import Ledger

package struct CommitsAreDoneOnce: Invariant {
  package static let promise = "A commit is done once or not at all, also when its answer is lost."
  package static let looksAt: Sight.Kinds = [.performed, .began]

  private struct Done {
    var ids: Set<String> = []
    var last: Commit?
    /// The last turn of each peer, where nothing else came since.
    var turned: [PeerName: PeerState] = [:]
  }

  private var done = PerServer(Done())

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .began(let fault): done.follow(fault, in: world)
    case .performed(let performed):
      guard let commit = performed.accepted else { return }
      check(commit, performed.server, world)
    default: break
    }
  }

  private mutating func check(_ commit: Commit, _ server: Int, _ world: World) {
    if !done[server].ids.insert(commit.id).inserted { object("\(commit.id) was done twice", in: world) }
    // What a fail-over has lost is written again.
    if let last = done[server].last, last.says(theSameAs: commit), world.weather.lossUs == nil {
      object("\(commit.id) is \(last.id) again", in: world)
    }
    done[server].last = commit
    for change in commit.changes {
      switch change {
      case .transition(let turn):
        if done[server].turned.updateValue(turn.to, forKey: turn.peer) == turn.to {
          object("\(turn.peer) turned \(turn.to) twice", in: world)
        }
      case .override(let peer, _, _, _): done[server].turned[peer] = nil
      case .definition, .resync: done[server].turned = [:]
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
