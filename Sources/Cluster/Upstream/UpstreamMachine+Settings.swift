import Health
import Ledger

extension UpstreamMachine {
  /// Takes another definition. Peers that stay keep their state, by name.
  mutating func adopt(_ new: UpstreamDefinition, _ step: inout Step, _ routes: inout ProbeRoutes) {
    guard new != definition else { return }
    let old = definition
    definition = new
    let known = Dictionary(uniqueKeysWithValues: peers.map { ($0.record.peer, $0) })
    let sameChecker = old?.checker == new.checker
    drop(known.values.filter { !sameChecker || !new.contains($0.record.peer) }, &step, &routes)
    setPeers(new, known, step)
    watchAll(sameChecker: sameChecker, &step, &routes)
    settle(old, new, &step)
  }

  /// Ends probing and forgets the upstream everywhere.
  mutating func end(_ step: inout Step, _ routes: inout ProbeRoutes) {
    drop(peers, &step, &routes)
    if checker != nil { step.actions.append(.probe(.closeGroup(UInt32(number)))) }
    if let held = leadership.held { _ = ask(.delete(name, held.lease.holder), &step) }
    peers = []
  }

  private func drop(_ dropped: some Sequence<PeerWatch>, _ step: inout Step, _ routes: inout ProbeRoutes) {
    for probe in dropped.compactMap(\.probe).sorted(by: { $0.index < $1.index }) {
      step.actions.append(.probe(.unwatch(probe)))
      routes.close(probe)
    }
  }

  private mutating func setPeers(_ new: UpstreamDefinition, _ known: [PeerName: PeerWatch], _ step: Step) {
    peers = new.peers.map { peer in
      guard var kept = known[peer.name] else {
        return PeerWatch(record: PeerRecord(assumed: peer), nowMs: step.nowMs)
      }
      kept.record.role = peer.role
      kept.isDirty = false
      return kept
    }
    index = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1.record.peer, $0) })
    writing.dirty = []
    for place in peers.indices { markDirty(place) }
    let names = Set(index.keys)
    writing.removed.formUnion(known.keys.filter { !names.contains($0) })
    writing.removed.subtract(names)
  }

  private mutating func watchAll(sameChecker: Bool, _ step: inout Step, _ routes: inout ProbeRoutes) {
    guard let checker else {
      for place in peers.indices { peers[place].probe = nil }
      return
    }
    if !sameChecker { step.actions.append(.probe(.openGroup(UInt32(number), checker))) }
    for place in peers.indices {
      if sameChecker, let probe = peers[place].probe {
        routes.move(probe, toPeer: place)
        continue
      }
      let probe = routes.open(upstream: number, peer: place)
      peers[place].probe = probe
      peers[place].isPacedFast = false
      peers[place].watchedSinceMs = step.nowMs
      let phase = Timetable.phaseMs(
        upstream: name, peer: peers[place].record.peer, node: step.profile.node,
        intervalMs: checker.intervalMs)
      let target = ProbeTarget(
        id: probe, group: UInt32(number), peer: peers[place].record.peer, phaseMs: phase)
      step.actions.append(.probe(.watch(target)))
    }
  }

  /// Brings the definition into force: through the ledger where there is a checker, at once where there is none.
  private mutating func settle(_ old: UpstreamDefinition?, _ new: UpstreamDefinition, _ step: inout Step) {
    guard new.checker != nil else {
      if old?.checker != nil {
        step.actions.append(.probe(.closeGroup(UInt32(number))))
        if let held = leadership.held { _ = ask(.delete(name, held.lease.holder), &step) }
        leadership = .waiting(untilMs: .min)
        head = Head()
        writing = Writing()
      }
      // What probes once found out is not what the settings say.
      peers = new.peers.map { PeerWatch(record: PeerRecord(assumed: $0), nowMs: step.nowMs) }
      return show(&step)
    }
    writing.definitionIsNew = true
    tickLeadership(&step)
    decide(&step)
  }
}

extension UpstreamDefinition {
  fileprivate func contains(_ peer: PeerName) -> Bool { peers.contains { $0.name == peer } }
}
