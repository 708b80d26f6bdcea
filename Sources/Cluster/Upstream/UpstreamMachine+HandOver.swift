import Health
import Ledger

/// The lease goes to whom it should be with.
extension UpstreamMachine {
  mutating func handOverIfDue(_ context: inout Context) {
    guard let leader, !leader.isHandingOver, !leader.isRenewing, leader.pending == nil,
      isInOrder(leader, context), mayHandOver(context), leader.isUsable(context),
      let successor = successor(leader, context), isThere(successor, context),
      asking.retries.mayAsk(.handOver, &context)
    else { return }
    handOver(to: successor, &context)
  }

  /// What there is to be written again is written first, by a node that may write.
  private func isInOrder(_ leader: Leader, _ context: Context) -> Bool {
    asking.commits.isForbidden(at: context.nowMs) || leader.isInOrder
  }

  /// Who settles keeps what it leads over a lapse. It gives it away where it would hold up others for longer.
  private func mayHandOver(_ context: Context) -> Bool {
    switch context.cluster.contact {
    case .steady: true
    case .settling:
      context.cluster.settlesLong && context.policy.wantsSteadyFirst
        && participants.eligible.first?.isSteady == true
    case .alone, .lost: false
    }
  }

  /// Who may have ended just now is handed nothing: nobody would decide for as long as a lease lasts.
  private func isThere(_ successor: Group.Participant, _ context: Context) -> Bool {
    guard let sharing = context.profile.sharing, context.policy.wantsLivingSuccessor else { return true }
    return context.cluster.isHeard(successor.name, heartbeatMs: sharing.heartbeatMs)
  }

  /// Who should lead in this node's place; nil: it is in the right hands.
  private func successor(_ leader: Leader, _ context: Context) -> Group.Participant? {
    let eligible = participants.eligible
    guard let best = eligible.first, best.name != context.profile.node else { return nil }
    if !eligible.contains(where: { $0.name == context.profile.node }) {
      // Whoever has just handed it to this node may not have heard of its settings yet, or this node not of the other's:
      // the next heartbeats tell.
      let patienceMs = 2 * (context.profile.sharing?.heartbeatMs ?? 0)
      return context.nowMs - leader.sinceMs >= patienceMs || !context.policy.keepsNewLeadAWhile ? best : nil
    }
    // Whoever gave the lease away because it ends still looks alive for a moment.
    guard let sharing = context.profile.sharing, context.nowMs - leader.sinceMs >= sharing.memberExpiryMs,
      best.isWarm,
      !leaseWatch.isShunned(best.name, at: context.nowMs),
      context.cluster.observedMs - best.liveSinceMs >= 3 * sharing.memberExpiryMs,
      let target = participants.target
    else { return nil }
    // A better one that settles will have it soon: nobody else is to lead for that long.
    let ranked = participants.group.eligible(
      for: name, target: target, inForce: replica.head.digest, anySteadiness: true, context)
    return ranked.first?.name == best.name ? best : nil
  }

  mutating func handOver(to successor: Group.Participant, _ context: inout Context) {
    guard let leader else { return }
    self.leader?.handsOver()
    ask(
      .handOver(
        name, leader.holder, to: Successor(node: successor.name, run: successor.run),
        forMs: context.profile.leaseMs), for: .handOver, &context)
    context.log(.handsOver(name, to: successor.name))
  }

  /// Hands the lease over, or gives it up where there is nobody, so that another may decide at once.
  mutating func stop(_ context: inout Context) {
    if let leader {
      let others = participants.eligible(
        without: context.profile.node, for: name, inForce: replica.head.digest, context)
      if let successor = others.first {
        handOver(to: successor, &context)
      } else {
        ask(.release(name, leader.holder), for: .none, &context)
      }
    }
    become(.follower(untilMs: .max))
  }

  mutating func didHandOver(_ answer: Result<LedgerAnswer, LedgerError>, _ context: inout Context) {
    switch answer {
    case .success(.handedOver(let lease)):
      asking.retries.accepted(.handOver)
      asking.retries.forgive(.commit)
      become(.follower(untilMs: context.nowMs))
      leaseWatch.observe(lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
      display.change()
    case .success:
      asking.retries.refused(.handOver, "the lease is another's", &context)
      lose(&context)
    case .failure(let error):
      asking.retries.refused(.handOver, error.sentence, &context)
      // Perhaps it was done: this node decides nothing more before it has asked for the lease again.
      lose(&context)
    }
  }
}
