import Cluster
import Health
import Ledger

struct KeyedByName: Invariant {
  static let promise =
    "A peer keeps its state by its name, wherever it stands in the list and whatever stands beside it."
  static let looksAt: TraceEvent.Kinds = [.decided, .showed, .began]

  /// What each server held after its last commit.
  private var snapshots = PerServer(PerUpstream<LedgerSnapshot?>(nil))
  /// Whether it was deleted since that: what comes again begins anew, whatever is still shown.
  private var wasDeleted = PerServer(PerUpstream(false))

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      snapshots.follow(fault, in: world)
      wasDeleted.follow(fault, in: world)
      switch fault {
      case .redisEmptied: snapshots[world.primary] = PerUpstream(nil)
      case .redisLoses(.head, let upstream): snapshots[world.primary][Setup.upstreamNames[upstream]] = nil
      default: break
      }
    case .performed(let performed):
      if let upstream = performed.deleted {
        snapshots[performed.server][upstream] = nil
        wasDeleted[performed.server][upstream] = true
      }
      guard case .commit(let commit) = performed.request, case .committed = performed.answer else { return }
      if commit.isResync, !wasDeleted[performed.server][commit.upstream] {
        checkResync(commit, performed, in: world)
      } else if commit.definition != nil {
        checkDefinition(commit, performed, in: world)
      }
      wasDeleted[performed.server][commit.upstream] = false
      snapshots[performed.server][commit.upstream] = world.state(of: performed.server).snapshot(
        of: commit.upstream)
    case .showed(let node, .upstream(let view)): check(view, of: node, in: world)
    default: break
    }
  }

  /// Under an override the votes go on quietly, with no event: `decided` may be that of a moment ago.
  private func checkDefinition(_ commit: Commit, _ performed: Performed, in world: World) {
    guard let before = snapshots[performed.server][commit.upstream] else { return }
    for record in commit.records {
      guard let known = before.records[record.peer] else { continue }
      let hasTurned = known.decided != record.decided && record.override == nil
      if known.status != record.status || known.override != record.override || hasTurned {
        object(
          "\(record.peer) was \(known.status.rawValue), and is \(record.status.rawValue) under another definition",
          of: commit.upstream, in: world)
      }
    }
  }

  /// A leader writes what it shows, or what the ledger holds already.
  private func checkResync(_ commit: Commit, _ performed: Performed, in world: World) {
    let node = world.nodes[performed.node]
    // What it has heard a moment ago it knows, and shows a moment later.
    guard node.run == performed.run, let view = node.view(of: commit.upstream),
      view.head.map({ $0.seq >= commit.floorSeq }) ?? true
    else { return }
    for peer in view.peers {
      guard let record = commit.records.first(where: { $0.peer == peer.record.peer }) else { continue }
      let held = snapshots[performed.server][commit.upstream]?.records[record.peer]?.decided
      if record.decided != peer.record.decided, record.decided != held {
        object(
          "\(record.peer) is written as \(record.decided.rawValue), and shown as the contrary",
          of: commit.upstream, in: world)
      }
    }
  }

  private func check(_ view: UpstreamView, of node: SimulatedNode, in world: World) {
    guard let head = view.head else { return }
    guard let definition = world.versions[head.digest] else {
      return object("\(node.name) shows an unknown definition", of: view.name, in: world)
    }
    if !view.peers.elementsEqual(definition.peers, by: { $0.record.peer == $1.name }) {
      object(
        "\(node.name) shows other peers than those of the definition in force", of: view.name, in: world)
    }
    guard let snapshot = world.primaryState.snapshot(of: view.name), snapshot.head.isWhole,
      (snapshot.head.term, snapshot.head.run, snapshot.head.seq) == (head.term, head.run, head.seq)
    else { return }
    for peer in view.peers where snapshot.status[peer.record.peer] != peer.record.status {
      object(
        "\(node.name) shows \(peer.record.peer) as \(peer.record.status.rawValue)", of: view.name, in: world)
    }
  }
}
