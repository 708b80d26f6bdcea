import Health
import Ledger

/// The lease goes to whom it should be with.
extension UpstreamMachine {
  mutating func handOverIfDue(_ step: inout Step) {
    guard let leader, !leader.isHandingOver, !leader.isRenewing, leader.pending == nil,
      isInOrder(leader, step), mayHandOver(step), leader.isUsable(step),
      let successor = successor(leader, step), isThere(successor, step), retries.mayAsk(.handOver, &step)
    else { return }
    handOver(to: successor, &step)
  }

  /// What there is to be written again is written first, by a node that may write.
  private func isInOrder(_ leader: Leader, _ step: Step) -> Bool {
    commits.isForbidden(at: step.nowMs) || !leader.isOnLostBranch && !leader.mustResync
  }

  /// Who settles keeps what it leads over a lapse. It gives it away where it would hold up others for longer.
  private func mayHandOver(_ step: Step) -> Bool {
    switch step.surroundings.contact {
    case .steady: true
    case .settling:
      step.surroundings.settlesLong && step.policy.wantsSteadyFirst
        && participants.candidates.first?.isSteady == true
    case .alone, .lost: false
    }
  }

  /// Who may have ended just now is handed nothing: nobody would decide for as long as a lease lasts.
  private func isThere(_ successor: Group.Participant, _ step: Step) -> Bool {
    guard let sharing = step.profile.sharing, step.policy.wantsLivingSuccessor else { return true }
    return step.surroundings.isHeard(successor.name, heartbeatMs: sharing.heartbeatMs)
  }

  /// Who should lead in this node's place; nil: it is in the right hands.
  private func successor(_ leader: Leader, _ step: Step) -> Group.Participant? {
    let candidates = participants.candidates
    guard let best = candidates.first, best.name != step.profile.node else { return nil }
    if !candidates.contains(where: { $0.name == step.profile.node }) {
      // Whoever has just handed it to this node may not have heard of its settings yet, or this node not of the other's:
      // the next heartbeats tell.
      let patienceMs = 2 * (step.profile.sharing?.heartbeatMs ?? 0)
      return step.nowMs - leader.sinceMs >= patienceMs || !step.policy.keepsNewLeadAWhile ? best : nil
    }
    // Whoever gave the lease away because it ends still looks alive for a moment.
    guard let sharing = step.profile.sharing, step.nowMs - leader.sinceMs >= sharing.memberExpiryMs,
      best.isWarm,
      !leaseWatch.isShunned(best.name, at: step.nowMs),
      step.surroundings.observedMs - best.liveSinceMs >= 3 * sharing.memberExpiryMs,
      let target = participants.target
    else { return nil }
    // A better one that settles will have it soon: nobody else is to lead for that long.
    let ranked = participants.group.candidates(
      for: name, target: target, inForce: replica.head.digest, anySteadiness: true, step)
    return ranked.first?.name == best.name ? best : nil
  }

  mutating func handOver(to successor: Group.Participant, _ step: inout Step) {
    guard let leader else { return }
    self.leader?.handsOver()
    ask(
      .handOver(
        name, leader.holder, to: Successor(node: successor.name, run: successor.run),
        forMs: step.profile.leaseMs), for: .handOver, &step)
    step.log(.handsOver(name, to: successor.name))
  }

  /// Hands the lease over, or gives it up where there is nobody, so that another may decide at once.
  mutating func stop(_ step: inout Step) {
    if let leader {
      let others = participants.candidates(
        without: step.profile.node, for: name, inForce: replica.head.digest, step)
      if let successor = others.first {
        handOver(to: successor, &step)
      } else {
        ask(.release(name, leader.holder), for: .none, &step)
      }
    }
    become(.follower(untilMs: .max))
  }

  mutating func didHandOver(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    switch answer {
    case .success(.handedOver(let lease)):
      retries.accepted(.handOver)
      retries.forgive(.commit)
      become(.follower(untilMs: step.nowMs))
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      display.change()
    case .success:
      retries.refused(.handOver, "the lease is another's", &step)
      lose(&step)
    case .failure(let error):
      retries.refused(.handOver, error.sentence, &step)
      // Perhaps it was done: this node decides nothing more before it has asked for the lease again.
      lose(&step)
    }
  }
}
