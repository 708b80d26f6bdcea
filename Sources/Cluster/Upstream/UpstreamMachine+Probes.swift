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
      probing.open(checker, of: name, &context)
    }
    for index in peers.indices {
      let isMine = own.map { assignment.probers(of: index).contains($0) } ?? false
      switch (isMine, peers[index].isProbed) {
      case (true, false): watch(index, checker, &context)
      case (false, let isProbed):
        if isProbed { dropProbe(index, &context) }
        if peers[index].isSeen { reporter.withdraw(peers[index].record.peer) }
        peers[index].end()
      case (true, true):
        guard peers[index].isProbedOtherwise else { break }
        dropProbe(index, &context)
        watch(index, checker, &context)
      }
    }
  }

  private mutating func watch(_ index: Int, _ checker: Checker, _ context: inout Context) {
    let peer = peers[index].record.peer
    reporter.goesOn(with: peer)
    if checker.checkCount != 1 || peers[index].checkCount != 1 {
      peers[index].arrange(checker.checks.map(\.name), at: context.nowMs)
    }
    for (place, group) in probing.groups.enumerated() {
      let check = checker.check(place)
      let probe = context.routes.open(upstream: probing.number, peer: index, check: place)
      peers[index].watch(
        place, probe, check.name, from: context.policy.firstView(peers[index].record.decided),
        at: context.nowMs)
      let phase = ProbeSchedule.phaseMs(
        upstream: name, peer: peer, node: context.profile.node, check: place, intervalMs: check.intervalMs)
      let target = ProbeTarget(
        id: probe, group: group, peer: peer, phaseMs: phase,
        overrides: place == 0 ? peers[index].overrides : peers[index].overrides?.ofFurtherChecks)
      context.actions.append(.probe(.watch(target)))
    }
  }

  private mutating func dropProbe(_ index: Int, _ context: inout Context) {
    unwatch(peers[index], &context)
    peers[index].drop()
  }

  func unwatch(_ watch: PeerWatch, _ context: inout Context) {
    for probe in (0..<watch.checkCount).compactMap({ watch[check: $0].probe }) {
      context.actions.append(.probe(.unwatch(probe)))
      context.routes.close(probe)
    }
  }

  mutating func stopProbing(_ context: inout Context) {
    for index in peers.indices {
      dropProbe(index, &context)
      peers[index].end()
    }
    probing.close(&context)
  }

  // MARK: What is found

  /// Counts a result. `decide` must follow.
  ///
  /// - Parameters: the places of the peer, and of the check among its checks.
  mutating func count(_ result: ProbeResult, peer index: Int, check place: Int, _ context: inout Context) {
    guard let checker = inForce.checker, peers.indices.contains(index), place < peers[index].checkCount
    else { return }
    let before = peers[index].state
    let wasUp = peers[index][check: place].streak.state == .up
    let wasDegraded = isDegraded(index, checker)
    let isFirst = peers[index].vote == nil
    let check = checker.check(place)
    let isOther = peers[index].count(
      result, check: place, checker.thresholds, overdueMs: context.policy.overdueMs(check),
      wallMs: context.moment.wallMs)
    if wasUp { tell(result.outcome, index, place, &context) }
    tellOfTurn(index, place, before, &context)
    tellOfCertificate(index, checker, &context)
    setPace(index, place, check, &context)
    if isOther {
      display.change()
      markUnreported(index)
    } else if checker.degradedAboveMs != nil, wasDegraded != isDegraded(index, checker) {
      // The others hear of it with the next counters: it changes nothing that is decided.
      display.change()
    }
    if isFirst || before != peers[index].state { peers.markDirty(index) }
  }

  private func isDegraded(_ index: Int, _ checker: Checker) -> Bool {
    guard let aboveMs = checker.degradedAboveMs else { return false }
    return peers[index].seen?.isDegraded(aboveMs: aboveMs) ?? false
  }

  private func tell(_ outcome: Outcome, _ index: Int, _ place: Int, _ context: inout Context) {
    guard case .failure(let failure) = outcome.verdict else { return }
    let check = peers[index][check: place].name
    let detail = check.isEmpty ? outcome.detail : "check \(check): \(outcome.detail)"
    context.log(.probeFailed(name, peers[index].record.peer, failure, detail: detail))
  }

  private func tellOfTurn(_ index: Int, _ place: Int, _ before: PeerState, _ context: inout Context) {
    let state = peers[index].state
    guard state != before else { return }
    let streak = peers[index][check: place].streak
    context.log(
      .turned(name, peers[index].record.peer, to: state, after: Int(state == .down ? streak.nok : streak.ok)))
  }

  private mutating func tellOfCertificate(_ index: Int, _ checker: Checker, _ context: inout Context) {
    guard let warningMs = checker.securedBy?.warningMs,
      peers[index].mustTellOfCertificate(within: warningMs, wallMs: context.moment.wallMs)
    else { return }
    let leftMs = peers[index].certificateEndsS * 1000 - context.moment.wallMs
    context.log(.certificateEnds(name, peers[index].record.peer, inDays: leftMs / 86_400_000))
  }

  /// Probes faster while a run is under way that may turn the peer, where the settings say so.
  private mutating func setPace(_ index: Int, _ place: Int, _ check: Checker, _ context: inout Context) {
    guard let fast = check.fastIntervalMs, let probe = peers[index][check: place].probe,
      let isFast = peers[index][check: place].changePace()
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
    let overdueMs = checker.checks.map { context.policy.overdueMs($0) }
    for index in peers.indices where peers[index].turnLate(at: context.nowMs, afterMs: overdueMs) {
      peers.markDirty(index)
      markUnreported(index)
      display.change()
    }
  }
}
