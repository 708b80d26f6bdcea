import Health
import Ledger

/// After the last fault, everybody knows the same, and it is true.
package struct ConvergesAfterQuiet: Invariant {
  package static let promise =
    "When nothing goes wrong any more, every node shows what the ledger holds, and that is true"

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    guard case .over = sight else { return }
    let running = world.nodes.filter(\.isRunning)
    guard let snapshot = world.primaryState.snapshot(of: Setup.upstream), let definition = snapshot.definition
    else { return object("the ledger does not have the upstream", in: world) }
    if !snapshot.head.isWhole { object("the ledger has lost something: \(snapshot.head)", in: world) }
    let holder = world.leaseOfPrimary?.holder
    if !running.contains(where: { $0.name == holder?.node && $0.run == holder?.run }) {
      object("nobody who lives leads", in: world)
    }
    let names = definition.peers.map(\.name)
    if Set(snapshot.records.keys) != Set(names) || Set(snapshot.status.keys) != Set(names) {
      object("the ledger has other peers than the definition", in: world)
    }
    let members = world.primaryState.members.filter { !$0.isLeaving }.map(\.node)
    if members != running.map(\.name).sorted() {
      object("members are \(members), running are \(running.map(\.name))", in: world)
    }
    for node in running { compare(node, snapshot, names, world) }
    for peer in names { compare(peer, snapshot, definition, world) }
  }

  private func compare(_ node: SimulatedNode, _ snapshot: LedgerSnapshot, _ names: [PeerName], _ world: World)
  {
    if node.isStale { object("node \(node.name) is still stale", in: world) }
    if node.cluster?.contact != .steady {
      object("node \(node.name) is \(node.cluster?.contact.rawValue ?? "nowhere")", in: world)
    }
    guard let view = node.view else { return object("node \(node.name) shows nothing", in: world) }
    if view.peers.map(\.record.peer) != names {
      object("node \(node.name) shows \(view.peers.count) peers of another list", in: world)
    }
    for shown in view.peers {
      let held = snapshot.records[shown.record.peer]
      guard shown.record.status == held?.status, shown.record.decided == held?.decided else {
        return object(
          """
          node \(node.name) shows \(shown.record.peer) as \(shown.record.status), \
          the ledger has \(held.map { "\($0.status)" } ?? "nothing")
          """, in: world)
      }
    }
  }

  private func compare(
    _ peer: PeerName, _ snapshot: LedgerSnapshot, _ definition: UpstreamDefinition, _ world: World
  ) {
    guard let number = world.number(of: peer), let record = snapshot.records[peer] else { return }
    let backend = world.backends[number]
    // The quiet is long enough for whatever turned before it, but backends go on turning.
    guard world.nowUs - max(backend.sinceUs, 0) > 30_000_000 else { return }
    let expected: PeerState = backend.isGood ? .up : .down
    guard record.decided == expected else {
      return object("\(peer) is \(expected) for long, and decided is \(record.decided)", in: world)
    }
    if record.evidence != .confirmed { object("the evidence of \(peer) is \(record.evidence)", in: world) }
    if snapshot.status[peer] != record.status {
      object("the status of \(peer) is not that of its record", in: world)
    }
    if record.word == nil, record.status != record.decided {
      object("the status of \(peer) is \(record.status), decided is \(record.decided)", in: world)
    }
  }
}
