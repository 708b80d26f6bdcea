import Health
import Ledger

package struct ViewsAreOfTheStream: Invariant {
  package static let promise = """
    Without a gap: whoever shows that it stands at an event shows what the ledger held after that event, and nothing older.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .began, .swept]

  private struct StreamPosition: Hashable {
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

  private var status: [StreamPosition: [PeerName: PeerState]] = [:]
  /// Where the stream has stood on any server.
  private var written: Set<StreamPosition> = []

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      guard let commit = performed.accepted,
        let snapshot = world.state(of: performed.server).snapshot(of: commit.upstream)
      else { return }
      let position = StreamPosition(commit.upstream, snapshot.head)
      status[position] = snapshot.status
      written.insert(position)
      // Who follows takes the events of one commit one after the other.
      for seq in commit.firstSeq..<max(commit.firstSeq, position.seq) {
        var before = position
        before.seq = seq
        written.insert(before)
      }
    case .began(let fault):
      // What a reader finds there from now on is only a part of it.
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        guard let head = world.state(of: world.primary).head(of: upstream) else { continue }
        status[StreamPosition(upstream, head)] = nil
      }
    case .swept: for node in world.nodes { for view in node.views { check(view, node, world) } }
    default: break
    }
  }

  private func check(_ view: UpstreamView, _ node: SimulatedNode, _ world: World) {
    guard let head = view.head else { return }
    let position = StreamPosition(view.name, head)
    if head.seq > 0, !written.contains(position) {
      object(
        "\(node.name) stands at \(head.seq) of \(head.run), which nobody wrote", of: view.name, in: world)
    }
    guard let status = status[position] else { return }
    for peer in view.peers where peer.record.status != status[peer.record.peer] {
      let stored = status[peer.record.peer].map(\.rawValue) ?? "gone"
      object(
        "\(node.name) stands at \(head.seq) and shows \(peer.record.peer) \(peer.record.status), which was \(stored)",
        of: view.name, in: world)
    }
  }
}
