import Health
import Ledger

package struct ViewsAreOfTheStream: Invariant {
  package static let promise = """
    Without a gap: whoever shows that it stands at an event shows what the ledger held after that event, and nothing older.
    """
  package static let looksAt: Sight.Kinds = [.decided, .began, .swept]

  private struct Place: Hashable {
    var upstream: UpstreamName
    var term: UInt64
    var run: String
    var seq: UInt64

    init(_ upstream: UpstreamName, _ head: Head) {
      self.upstream = upstream
      term = head.term
      run = head.run
      seq = head.seq
    }
  }

  private var status: [Place: [PeerName: PeerState]] = [:]
  /// Where the stream has stood on any server.
  private var written: Set<Place> = []

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .performed(let performed):
      guard let commit = performed.accepted,
        let snapshot = world.state(of: performed.server).snapshot(of: commit.upstream)
      else { return }
      let place = Place(commit.upstream, snapshot.head)
      status[place] = snapshot.status
      written.insert(place)
      // Who follows takes the events of one commit one after the other.
      for seq in commit.firstSeq..<max(commit.firstSeq, place.seq) {
        var before = place
        before.seq = seq
        written.insert(before)
      }
    case .began(let fault):
      // What a reader finds there from now on is only a part of it.
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        guard let head = world.state(of: world.primary).head(of: upstream) else { continue }
        status[Place(upstream, head)] = nil
      }
    case .swept: for node in world.nodes { for view in node.views { check(view, node, world) } }
    default: break
    }
  }

  private func check(_ view: UpstreamView, _ node: SimulatedNode, _ world: World) {
    guard let head = view.head else { return }
    let place = Place(view.name, head)
    if head.seq > 0, !written.contains(place) {
      object(
        "\(node.name) stands at \(head.seq) of \(head.run), which nobody wrote", of: view.name, in: world)
    }
    guard let status = status[place] else { return }
    for peer in view.peers where peer.record.status != status[peer.record.peer] {
      let stored = status[peer.record.peer].map(\.rawValue) ?? "gone"
      object(
        "\(node.name) stands at \(head.seq) and shows \(peer.record.peer) \(peer.record.status), which was \(stored)",
        of: view.name, in: world)
    }
  }
}
