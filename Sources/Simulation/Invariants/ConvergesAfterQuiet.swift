import Cluster
import Health
import Ledger

struct ConvergesAfterQuiet: Invariant {
  static let promise =
    "When nothing goes wrong any more, all nodes show the same, it is what the ledger holds, and it is true."
  static let looksAt: TraceEvent.Kinds = [.over]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .over = traceEvent else { return }
    for upstream in world.upstreams {
      if world.owners(of: upstream).isEmpty {
        checkDeleted(upstream, in: world)
      } else {
        check(upstream, in: world)
      }
    }
    checkNodes(in: world)
  }

  private func checkNodes(in world: World) {
    let running = world.nodes.filter(\.isRunning)
    if world.nodes.contains(where: { $0.isFounder && !$0.isRunning }) {
      object("a node has ended", in: world)
    }
    let members = world.primaryState.members
    if members.map(\.run).sorted() != running.map(\.run).sorted() {
      object("the members are \(members.map(\.node))", in: world)
    }
    for node in running {
      if node.isStale || node.cluster?.contact != .steady {
        object("\(node.name) is not in touch", in: world)
      }
      if node.cluster?.nodes.map(\.member.run).sorted() != running.map(\.run).sorted() {
        object("\(node.name) knows other nodes than there are", in: world)
      }
    }
  }

  /// What nobody has is gone when its time is over; its candidates come one after the other, a lease apart.
  private func checkDeleted(_ upstream: UpstreamName, in world: World) {
    let setup = world.plan.setup
    let longestMs =
      setup.orphanMs + setup.expiryMs + Int64(setup.leaseMs) * Int64(world.nodes.count + 1) + 10_000
    let ownedUs = world.nodes.map { node in
      node.has(upstream) ? (node.isRunning ? world.nowUs : node.endedUs) : node.settingsUs(of: upstream)
    }
    guard world.nowUs - (ownedUs.max() ?? 0) > longestMs * world.slowness else { return }
    let state = world.primaryState
    let isThere = state.snapshot(of: upstream) != nil && !world.conditions.hasLostIndex
    if isThere || state.digests[upstream] != nil {
      object("nobody has it, and the ledger still does", of: upstream, in: world)
    }
    for node in world.nodes where node.isRunning && node.view(of: upstream) != nil {
      object("nobody has it, and \(node.name) still shows it", of: upstream, in: world)
    }
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    let state = world.primaryState
    guard let lease = world.lease(of: upstream) else {
      return object("nobody leads", of: upstream, in: world)
    }
    guard let snapshot = state.snapshot(of: upstream), snapshot.head.isWhole,
      let definition = snapshot.definition
    else { return object("the ledger is not whole", of: upstream, in: world) }
    if !world.nodes.contains(where: { $0.isRunning && $0.run == lease.holder.run }) {
      object("the leader does not run", of: upstream, in: world)
    }
    if state.digests[upstream] != definition.digest {
      object("the index does not have it", of: upstream, in: world)
    }
    let names = definition.peers.map(\.name)
    if Set(snapshot.records.keys) != Set(names) || Set(snapshot.status.keys) != Set(names) {
      object("the ledger holds other peers than the definition", of: upstream, in: world)
    }
    for node in world.nodes where node.isRunning { check(node, upstream, snapshot, definition, in: world) }
    for name in names { checkTruth(name, snapshot, definition, in: world) }
  }

  private func check(
    _ node: SimulatedNode, _ upstream: UpstreamName, _ snapshot: LedgerSnapshot,
    _ definition: UpstreamDefinition, in world: World
  ) {
    guard let view = node.view(of: upstream) else {
      return object("\(node.name) shows nothing", of: upstream, in: world)
    }
    if view.trouble != nil { object("\(node.name) cannot read it", of: upstream, in: world) }
    if view.peers.map(\.record.peer) != definition.peers.map(\.name) || view.head?.seq != snapshot.head.seq {
      object("\(node.name) shows another definition, or another number", of: upstream, in: world)
    }
    for peer in view.peers {
      guard let record = snapshot.records[peer.record.peer] else { continue }
      if record.status != snapshot.status[peer.record.peer] || record.status != peer.record.status
        || record.decided != peer.record.decided || record.override != peer.record.override
      {
        object(
          "\(node.name) shows \(peer.record.peer) as the ledger does not have it", of: upstream, in: world)
      }
    }
  }

  private func checkTruth(
    _ name: PeerName, _ snapshot: LedgerSnapshot, _ definition: UpstreamDefinition, in world: World
  ) {
    guard let checker = definition.checker, let number = world.number(of: name),
      let record = snapshot.records[name]
    else { return }
    let bounds = FreshnessBounds(checker, in: world)
    let steadyMs = bounds.streakMs(max(checker.thresholds.fall, checker.thresholds.rise)) + 2000
    let truth = world.backends[number].truth(timeoutMs: checker.timeoutMs)
    guard truth.sinceUs < world.nowUs - steadyMs * 1000 else { return }
    if (record.decided == .up) != truth.isGood {
      object("\(name) is \(record.decided.rawValue), and in truth it is not", in: world)
    }
    if record.evidence != .confirmed { object("\(name) is \(record.evidence.rawValue)", in: world) }
  }
}
