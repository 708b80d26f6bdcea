import Health
import Ledger

extension UpstreamMachine {
  /// Probes the peers of this node's share, and no others.
  mutating func assignProbes(_ step: inout Step) {
    guard let checker, isChecked else { return stopProbing(&step) }
    let own = step.surroundings.isRegistered ? assignment.nodes.firstIndex(of: step.profile.node) : nil
    let isOther = probedBy != checker
    if isOther {
      for place in peers.indices { dropProbe(place, &step) }
      step.actions.append(.probe(.openGroup(UInt32(number), checker)))
      probedBy = checker
    }
    for place in peers.indices {
      let isMine = own.map { own in assignment.probers(of: place).contains(own) } ?? false
      switch (isMine, peers[place].probe) {
      case (true, nil): watch(place, checker, &step)
      case (false, let probe):
        if probe != nil { dropProbe(place, &step) }
        if peers[place].last != nil { reporting.removed.insert(peers[place].record.peer) }
        peers[place].end()
      case (true, _?): break
      }
    }
  }

  private mutating func watch(_ place: Int, _ checker: Checker, _ step: inout Step) {
    let probe = step.routes.open(upstream: number, peer: place)
    let peer = peers[place].record.peer
    if peers[place].last == nil {
      peers[place].begin(probe, at: step.nowMs)
      if !step.keeps(.viewFromConsensus) { peers[place].streak = Streak(state: .up) }
    } else {
      peers[place].goOn(probe, at: step.nowMs)
    }
    reporting.removed.remove(peer)
    let phase = Timetable.phaseMs(
      upstream: name, peer: peer, node: step.profile.node, intervalMs: checker.intervalMs)
    let target = ProbeTarget(id: probe, group: UInt32(number), peer: peer, phaseMs: phase)
    step.actions.append(.probe(.watch(target)))
  }

  private mutating func dropProbe(_ place: Int, _ step: inout Step) {
    unwatch(peers[place], &step)
    peers[place].probe = nil
  }

  func unwatch(_ watch: PeerWatch, _ step: inout Step) {
    guard let probe = watch.probe else { return }
    step.actions.append(.probe(.unwatch(probe)))
    step.routes.close(probe)
  }

  mutating func stopProbing(_ step: inout Step) {
    for place in peers.indices {
      dropProbe(place, &step)
      peers[place].end()
    }
    if probedBy != nil { step.actions.append(.probe(.closeGroup(UInt32(number)))) }
    probedBy = nil
  }
}
