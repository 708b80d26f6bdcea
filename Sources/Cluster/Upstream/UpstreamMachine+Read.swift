import Health
import Ledger

/// Reading the whole of an upstream, and taking it over.
extension UpstreamMachine {
  /// Nothing is known to be missing.
  var isInStep: Bool {
    !replica.mustRead && !asking.requests.isReadingSnapshot && !asking.requests.isOpen(.remains)
  }

  /// What this node knows of it is missing altogether, though its settings have it.
  var isCold: Bool { settings.isChecked && !replica.isFollowed }

  mutating func requestSnapshot(_ context: inout Context) {
    replica.needsReading()
    tickReading(&context)
  }

  mutating func tickReading(_ context: inout Context) {
    noticeSlowReading(context)
    noticeSlowCommit(&context)
    guard replica.mustRead, !asking.requests.isReadingSnapshot, context.cluster.contact != .lost,
      leader?.pending == nil, asking.retries.mayAsk(.snapshot, &context)
    else { return }
    replica.isRead(at: context.nowMs)
    request(.snapshot(name), for: .snapshot(commits: asking.commits.count), &context)
  }

  /// A reading that takes long is this upstream's own trouble, and keeps no other one from being fresh.
  private mutating func noticeSlowReading(_ context: Context) {
    guard let slowMs = slowReadingMs(context), context.nowMs >= slowMs else { return }
    replica.isInTrouble(LedgerFault(.deadline, "reading it takes long"), wallMs: context.moment.wallMs)
  }

  /// When the reading under way has taken long; nil: there is none, or that was noticed.
  func slowReadingMs(_ context: Context) -> Int64? {
    guard asking.requests.isReadingSnapshot, replica.trouble == nil, let sharing = context.profile.sharing
    else { return nil }
    return replica.readMs + 2 * sharing.heartbeatMs
  }

  /// What was read did not help, or nothing was.
  mutating func postponeReading(_ fault: LedgerFault, _ context: inout Context) {
    replica.needsReading()
    asking.retries.refused(.snapshot, fault.sentence, &context)
    replica.fail(fault, wallMs: context.moment.wallMs)
    // Once may be chance. Until all has been read after a loss the whole node is stale, and this does not keep it so.
    if replica.failures >= 2 { hold(&context) }
  }

  /// - Parameter sent: how many commits had been sent when it was asked for.
  mutating func receiveSnapshot(
    _ reading: Result<LedgerReading, LedgerError>, commits sent: UInt64, _ context: inout Context
  ) {
    switch reading {
    case .failure(let error): postponeReading(error.fault, &context)
    case .success(.snapshot(let snapshot)):
      if let leader, sent != asking.commits.count || leader.pending != nil {
        // It may be from before one's own commit.
        postponeReading("it was written meanwhile", &context)
      } else {
        asking.retries.accepted(.snapshot)
        adopt(snapshot, &context)
        if isInStep { release(&context) }
      }
    case .success: break
    }
    decide(&context)
  }

  private mutating func adopt(_ snapshot: LedgerSnapshot?, _ context: inout Context) {
    guard let snapshot else { return findNothing(&context) }
    replica.observe(snapshot.head, context)
    let progress = replica.progress(to: snapshot.head, context)
    replica.receive(ofLedger: snapshot.overrides)
    // Parts of it are lost, and not all that it held is known here: nobody takes over half. A leader writes it again from
    // what is left.
    if !snapshot.head.isWhole, progress == .forward, context.policy.readsRemains {
      if role.isLeader { return requestRemains(&context) }
      replica.didReadPart(of: snapshot.head)
      return postponeReading(LedgerFault(.unreadable, "Redis has lost a part of upstream \(name)"), &context)
    }
    let overrules = leader.map { $0.isOnLostBranch || progress == .across } ?? false
    let isBelow = progress == .back || progress == .across
    // What this node knows was decided later: who leads writes it anew.
    if isBelow, !overrules {
      leader?.needsResync()
      return
    }
    replica.forgetLifted(snapshot, context)
    replica.adopt(snapshot.head, isBelow: isBelow)
    leader?.stands(atLeastAt: snapshot.head.seq)
    if let definition = snapshot.definition { enforce(definition, &context) }
    for index in peers.indices {
      if let record = snapshot.records[peers[index].record.peer] { peers[index].adopt(record) }
      peers.markDirty(index)
    }
    choose(context)
    replica.compareOverrides(with: snapshot)
    if let leader, overrules || !snapshot.head.isWhole || leader.ledgerSeq < replica.highest.seq {
      self.leader?.needsResync()
    }
    if inForce.definition != nil { show(&context) }
  }

  /// A leader writes what it remembers; who follows one that never heard of an override gives it once more.
  func mayGiveOverrides(_ context: Context) -> Bool {
    !replica.lostOverrides.isEmpty && !role.isLeader && settings.isChecked
      && context.cluster.contact == .steady
  }

  mutating func giveLostOverrides(_ context: inout Context) {
    guard mayGiveOverrides(context), asking.retries.mayAsk(.override, &context) else { return }
    for peer in replica.lostOverrides where peers.index(of: peer) != nil {
      guard let override = replica.overrides[peer] else { continue }
      let order = OverrideRequest(
        upstream: name, peer: peer, state: override.state, by: override.by, why: override.why,
        replacingRev: 0)
      ask(.override(order), for: .none, &context)
    }
    replica.gaveLostOverrides()
    asking.retries.tried(.override, "it is lost again", &context)
  }

  /// The ledger has nothing of it.
  private mutating func findNothing(_ context: inout Context) {
    guard role.isLeader else { return }
    // The stream may tell of more than this node knows.
    if context.policy.readsRemains {
      requestRemains(&context)
    } else if replica.isFollowed {
      leader?.needsResync()
    }
  }
}
