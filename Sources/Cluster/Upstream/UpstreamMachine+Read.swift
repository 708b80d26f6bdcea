import Health
import Ledger

/// Reading the whole of an upstream, and taking it over.
extension UpstreamMachine {
  /// Nothing is known to be missing.
  var isInStep: Bool { !replica.mustRead && !requests.isReadingSnapshot && !requests.isOpen(.remains) }

  /// What this node knows of it is missing altogether, though its settings have it.
  var isCold: Bool { settings.isChecked && !replica.isFollowed }

  mutating func readAgain(_ step: inout Step) {
    replica.needsReading()
    tickReading(&step)
  }

  mutating func tickReading(_ step: inout Step) {
    noticeSlowReading(step)
    noticeSlowCommit(&step)
    guard replica.mustRead, !requests.isReadingSnapshot, step.surroundings.contact != .lost,
      leader?.pending == nil, retries.mayAsk(.snapshot, &step)
    else { return }
    replica.isRead(at: step.nowMs)
    read(.snapshot(name), for: .snapshot(commits: commits.count), &step)
  }

  /// A reading that takes long is this upstream's own trouble, and keeps no other one from being fresh.
  private mutating func noticeSlowReading(_ step: Step) {
    guard let slowMs = slowReadingMs(step), step.nowMs >= slowMs else { return }
    replica.isInTrouble(LedgerFault(.deadline, "reading it takes long"), wallMs: step.moment.wallMs)
  }

  /// When the reading under way has taken long; nil: there is none, or that was noticed.
  func slowReadingMs(_ step: Step) -> Int64? {
    guard requests.isReadingSnapshot, replica.trouble == nil, let sharing = step.profile.sharing
    else { return nil }
    return replica.readMs + 2 * sharing.heartbeatMs
  }

  /// What was read did not help, or nothing was.
  mutating func readLater(_ fault: LedgerFault, _ step: inout Step) {
    replica.needsReading()
    retries.refused(.snapshot, fault.sentence, &step)
    replica.fail(fault, wallMs: step.moment.wallMs)
    // Once may be chance. Until all has been read after a loss the whole node is stale, and this does not keep it so.
    if replica.failures >= 2 { hold(&step) }
  }

  /// - Parameter sent: how many commits had been sent when it was asked for.
  mutating func receiveSnapshot(
    _ reading: Result<LedgerReading, LedgerError>, commits sent: UInt64, _ step: inout Step
  ) {
    switch reading {
    case .failure(let error): readLater(error.fault, &step)
    case .success(.snapshot(let snapshot)):
      if let leader, sent != commits.count || leader.pending != nil {
        // It may be from before one's own commit.
        readLater("it was written meanwhile", &step)
      } else {
        retries.accepted(.snapshot)
        adopt(snapshot, &step)
        if isInStep { release(&step) }
      }
    case .success: break
    }
    decide(&step)
  }

  private mutating func adopt(_ snapshot: LedgerSnapshot?, _ step: inout Step) {
    guard let snapshot else { return findNothing(&step) }
    replica.see(snapshot.head, step)
    let progress = replica.progress(to: snapshot.head, step)
    replica.take(snapshot.overrides)
    // Parts of it are lost, and not all that it held is known here: nobody takes over half. A leader writes it again from
    // what is left.
    if !snapshot.head.isWhole, progress == .forward, step.policy.readsRemains {
      if role.isLeader { return readRemains(&step) }
      replica.readAPart(of: snapshot.head)
      return readLater(LedgerFault(.unreadable, "Redis has lost a part of upstream \(name)"), &step)
    }
    let overrules = leader.map { $0.isOnLostBranch || progress == .across } ?? false
    let isBelow = progress == .back || progress == .across
    // What this node knows was decided later: who leads writes it anew.
    if isBelow, !overrules {
      leader?.needsResync()
      return
    }
    replica.forgetLifted(snapshot, step)
    replica.adopt(snapshot.head, isBelow: isBelow)
    leader?.stands(atLeastAt: snapshot.head.seq)
    if let definition = snapshot.definition { enforce(definition, &step) }
    for index in peers.indices {
      if let record = snapshot.records[peers[index].record.peer] { peers[index].adopt(record) }
      peers.markDirty(index)
    }
    choose(step)
    replica.compareOverrides(with: snapshot)
    if let leader, overrules || !snapshot.head.isWhole || leader.ledgerSeq < replica.highest.seq {
      self.leader?.needsResync()
    }
    if overrules { leader?.leftTheLostBranch() }
    if inForce.definition != nil { show(&step) }
  }

  /// A leader writes what it remembers; who follows one that never heard of an override gives it once more.
  func mayGiveOverrides(_ step: Step) -> Bool {
    !replica.lostOverrides.isEmpty && !role.isLeader && settings.isChecked
      && step.surroundings.contact == .steady
  }

  mutating func giveLostOverrides(_ step: inout Step) {
    guard mayGiveOverrides(step), retries.mayAsk(.override, &step) else { return }
    for peer in replica.lostOverrides where peers.index(of: peer) != nil {
      guard let override = replica.overrides[peer] else { continue }
      let order = OverrideOrder(
        upstream: name, peer: peer, state: override.state, by: override.by, why: override.why,
        replacingRev: 0)
      ask(.override(order), for: .none, &step)
    }
    replica.gaveLostOverrides()
    retries.tried(.override, "it is lost again", &step)
  }

  /// The ledger has nothing of it.
  private mutating func findNothing(_ step: inout Step) {
    guard role.isLeader else { return }
    if replica.isFollowed {
      leader?.needsResync()
    } else if step.policy.readsRemains {
      readRemains(&step)
    }
  }
}
