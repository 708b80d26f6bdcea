import Cluster
import Health
import Ledger

struct OverrideOnTop: Invariant {
  static let promise = "An operator's word is on top of the votes, and survives a lost Redis."
  static let looksAt: Sight.Kinds = [.performed, .began, .swept, .over]

  /// The last word on each peer that came into force.
  private var words: [PeerName: Override] = [:]
  private var lostRevisions = LostRevisions()
  /// When Redis had last lost something as the words were looked through.
  private var lossUs: Int64?

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .performed(let performed):
      guard performed.isPrimary, case .commit(let commit) = performed.request,
        case .committed = performed.answer
      else { return }
      take(commit, in: world)
    case .began(.override(let peer, _)): lostRevisions.say(on: peer, in: world)
    case .swept:
      forgetLost(in: world)
      if world.isCalm(forMs: 20_000) { check(in: world) }
    case .over: check(in: world)
    default: break
    }
  }

  private mutating func take(_ commit: Commit, in world: World) {
    forgetLost(in: world)
    for peer in commit.removed { words[peer] = nil }
    for record in commit.records {
      if record.status != Self.status(record.override?.state, record) {
        object("\(record.peer) is \(record.status.rawValue) against its own record", in: world)
      }
    }
    for change in commit.changes {
      switch change {
      case .override(let peer, let state, _, _):
        guard let word = world.primaryState.snapshot(of: commit.upstream)?.overrides[peer] else { continue }
        words[peer] = word.state == state ? word : nil
      case .transition(let turn):
        guard let record = commit.records.first(where: { $0.peer == turn.peer }) else { continue }
        if record.override != nil { object("\(turn.peer) turns under an operator's word", in: world) }
      case .definition, .resync: break
      }
    }
  }

  /// What nobody knows who lives was lost with Redis.
  private mutating func forgetLost(in world: World) {
    guard lossUs != world.weather.lossUs || world.weather.active > 0 else { return }
    lossUs = world.weather.lossUs
    for (peer, word) in words {
      let isKnown = world.nodes.contains { node in
        node.view?.peers.contains { $0.record.peer == peer && $0.record.override?.rev ?? 0 >= word.rev }
          ?? false
      }
      if !isKnown, word.state != .auto { words[peer] = nil }
    }
  }

  private static func status(_ word: Override.State?, _ record: PeerRecord) -> PeerState {
    switch word {
    case .up: .up
    case .down, .drain: .down
    case .auto, nil: record.decided
    }
  }

  private func check(in world: World) {
    guard let snapshot = world.primaryState.snapshot(of: Setup.upstream) else { return }
    for (peer, record) in snapshot.records where !lostRevisions.peers.contains(peer) {
      let last = snapshot.overrides[peer]
      if record.status != Self.status(last?.state, record) {
        object("\(peer) is \(record.status.rawValue), and the last word on it another", in: world)
      }
      if let word = words[peer], word.state != .auto, word.rev > last?.rev ?? 0 {
        object("the word on \(peer) is lost", in: world)
      }
    }
  }
}
