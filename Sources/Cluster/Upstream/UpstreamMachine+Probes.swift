import Health
import Ledger

/// What this node probes, and what it finds.
extension UpstreamMachine {
  // MARK: Who is probed

  /// Probes the peers that are assigned to this node, and no others.
  mutating func assignProbes(_ context: inout Context) {
    guard let checker = inForce.checker, settings.isChecked else { return stopProbing(&context) }
    let assignment = participants.assignment
    let own = context.cluster.isRegistered ? assignment.nodes.firstIndex(of: context.profile.node) : nil
    if probing.checker != checker {
      for index in peers.indices { dropProbe(index, &context) }
      context.actions.append(.probe(.openGroup(UInt32(probing.number), checker)))
      probing.opened(by: checker)
    }
    for index in peers.indices {
      let isMine = own.map { assignment.probers(of: index).contains($0) } ?? false
      switch (isMine, peers[index].probe) {
      case (true, nil): watch(index, checker, &context)
      case (false, let probe):
        if probe != nil { dropProbe(index, &context) }
        if peers[index].last != nil { reporter.withdraw(peers[index].record.peer) }
        peers[index].end()
      case (true, _?):
        guard peers[index].isProbedOtherwise else { break }
        dropProbe(index, &context)
        watch(index, checker, &context)
      }
    }
  }

  private mutating func watch(_ index: Int, _ checker: Checker, _ context: inout Context) {
    let probe = context.routes.open(upstream: probing.number, peer: index)
    let peer = peers[index].record.peer
    if peers[index].last == nil {
      peers[index].begin(
        probe, from: context.policy.firstView(peers[index].record.decided), at: context.nowMs)
    } else {
      peers[index].goOn(probe, at: context.nowMs)
    }
    reporter.goesOn(with: peer)
    let phase = ProbeSchedule.phaseMs(
      upstream: name, peer: peer, node: context.profile.node, intervalMs: checker.intervalMs)
    let target = ProbeTarget(
      id: probe, group: UInt32(probing.number), peer: peer, phaseMs: phase,
      overrides: peers[index].overrides)
    context.actions.append(.probe(.watch(target)))
  }

  private mutating func dropProbe(_ index: Int, _ context: inout Context) {
    unwatch(peers[index], &context)
    peers[index].drop()
  }

  func unwatch(_ watch: PeerWatch, _ context: inout Context) {
    guard let probe = watch.probe else { return }
    context.actions.append(.probe(.unwatch(probe)))
    context.routes.close(probe)
  }

  mutating func stopProbing(_ context: inout Context) {
    for index in peers.indices {
      dropProbe(index, &context)
      peers[index].end()
    }
    if probing.checker != nil { context.actions.append(.probe(.closeGroup(UInt32(probing.number)))) }
    probing.closed()
  }

  // MARK: What is found

  /// Counts a result. `decide` must follow.
  mutating func count(_ result: ProbeResult, peer index: Int, _ context: inout Context) {
    guard let checker = inForce.checker, peers.indices.contains(index) else { return }
    let before = peers[index].streak.state
    let wasDegraded = isDegraded(index, checker)
    let isFirst = peers[index].vote == nil
    let isOther = peers[index].count(
      result, checker.thresholds, overdueMs: context.policy.overdueMs(checker), wallMs: context.moment.wallMs)
    tell(result.outcome, index, before, &context)
    tellOfCertificate(index, checker, &context)
    setPace(index, checker, &context)
    if isOther {
      display.change()
      markUnreported(index)
    } else if checker.degradedAboveMs != nil, wasDegraded != isDegraded(index, checker) {
      // The others hear of it with the next counters: it changes nothing that is decided.
      display.change()
    }
    if isFirst || before != peers[index].streak.state { peers.markDirty(index) }
  }

  private func isDegraded(_ index: Int, _ checker: Checker) -> Bool {
    guard let aboveMs = checker.degradedAboveMs else { return false }
    return peers[index].seen?.isDegraded(aboveMs: aboveMs) ?? false
  }

  private func tell(_ outcome: Outcome, _ index: Int, _ before: PeerState, _ context: inout Context) {
    let peer = peers[index].record.peer
    let streak = peers[index].streak
    if case .failure(let failure) = outcome.verdict, before == .up {
      context.log(.probeFailed(name, peer, failure, detail: outcome.detail))
    }
    guard streak.state != before else { return }
    context.log(
      .turned(name, peer, to: streak.state, after: Int(streak.state == .down ? streak.nok : streak.ok)))
  }

  private mutating func tellOfCertificate(_ index: Int, _ checker: Checker, _ context: inout Context) {
    guard let warningMs = checker.tls?.warningMs,
      peers[index].mustTellOfCertificate(within: warningMs, wallMs: context.moment.wallMs),
      let endsS = peers[index].last?.certificateEndsS
    else { return }
    context.log(
      .certificateEnds(
        name, peers[index].record.peer, inDays: (endsS * 1000 - context.moment.wallMs) / 86_400_000))
  }

  /// Probes faster while a run is under way that may turn the peer, where the settings say so.
  private mutating func setPace(_ index: Int, _ checker: Checker, _ context: inout Context) {
    guard let fast = checker.fastIntervalMs, let probe = peers[index].probe,
      let isFast = peers[index].changePace()
    else { return }
    context.actions.append(.probe(.pace(probe, everyMs: isFast ? fast : nil)))
  }

  private mutating func markUnreported(_ index: Int) {
    if peers[index].markUnreported() { reporter.changes(peers[index].record.peer) }
  }

  // MARK: What is overdue

  /// When peers are looked through for overdue probes; nil: nobody probes them.
  var latenessDueMs: Int64? { inForce.checker == nil ? nil : probing.latenessDueMs }

  mutating func checkLateness(_ context: Context) {
    guard let checker = inForce.checker, context.nowMs >= probing.latenessDueMs else { return }
    probing.checksLateness(at: context.nowMs)
    let overdueMs = context.policy.overdueMs(checker)
    for index in peers.indices where peers[index].becomesLate(at: context.nowMs, afterMs: overdueMs) {
      peers[index].turnLate()
      peers.markDirty(index)
      markUnreported(index)
      display.change()
    }
  }
}
