import Health
import Ledger

/// Announcements of the ledger, and where it is found to be with each heartbeat.
extension UpstreamMachine {
  // MARK: What is heard

  mutating func heard(_ event: LedgerEvent, _ context: inout Context) {
    // One's own commits are answered; should the answer be lost, this is the proof that it was done somewhere.
    if let leader, leader.holder.run == event.run, leader.holder.term == event.term {
      self.leader?.heardOwn(event.seq)
      return
    }
    noticeRepair()
    replica.observe(event.position, context)
    let judgement = replica.judge(event, context)
    if judgement == .seen { return }
    guard judgement == .next, isInStep || !context.policy.takesOnlyTheNextEvent else {
      return requestSnapshot(&context)
    }
    switch event.change {
    case .transition(let transition):
      guard let index = peers.index(of: transition.peer) else { return requestSnapshot(&context) }
      apply(transition, index, event.atMs)
      follow(event, &context)
      context.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
    case .panic(let isOn, let count):
      follow(event, &context)
      context.log(.panic(name, isOn, count))
    case .definition, .override, .resync: requestSnapshot(&context)
    }
  }

  private mutating func follow(_ event: LedgerEvent, _ context: inout Context) {
    replica.follow(event)
    // A thousand events may come in one moment, and each showing copies all peers.
    display.change()
    showIfDue(&context)
  }

  private mutating func apply(_ transition: Transition, _ index: Int, _ atMs: Int64) {
    var record = peers[index].record
    record.decided = transition.to
    record.status = transition.to
    record.evidence = .confirmed
    record.reason = transition.reason
    record.votes = transition.votes
    record.sinceMs = atMs
    peers[index].adopt(record)
    peers.markDirty(index)
  }

  mutating func heard(_ control: ControlMessage, _ context: inout Context) {
    switch control {
    case .handOver(_, let lease):
      leaseWatch.observe(lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
      replica.observe(lease, context)
      acceptHandOver(lease, &context)
    case .override(_, let peer, let override): heard(override, of: peer, &context)
    case .deleted:
      guard !role.isLeader else { return }
      // What another deleted is not known better here.
      knowNothing()
      requestSnapshot(&context)
    }
  }

  private mutating func heard(_ override: Override, of peer: PeerName, _ context: inout Context) {
    // One that was long on its way, and has been lifted meanwhile, is no news.
    guard override.rev > max(replica.overrides[peer]?.rev ?? 0, replica.highest.liftedRev) else { return }
    replica.receive([peer: override])
    peers.markDirty(peer)
    decide(&context)
  }

  // MARK: Where the ledger is

  /// The ledger is not to be had from now on.
  ///
  /// - Parameter ms: up to when it was to be had: steady ms.
  mutating func loseSight(at ms: Int64) {
    reporter.doubt(at: ms)
    reporter.loseSight()
    replica.loseSight(term: leaseWatch.lease?.holder.term ?? 0)
    leaseWatch.forget()
  }

  /// The ledger was away, and is back: what was refused before says nothing any more.
  mutating func regainContact() {
    asking.retries.forgive()
    replica.forgive()
  }

  /// The connection is another one, perhaps to another server.
  mutating func mayHaveMoved(_ context: Context) { reporter.doubt(at: context.nowMs) }

  /// The first time after a lapse: the ledger stands behind where it stood before.
  mutating func isSetBack(_ headReading: HeadReading?) -> Bool {
    replica.isSetBack(headReading, isNobodys: participants.group.participants.isEmpty)
  }

  /// The ledger stands on another branch than this node has followed: it may be another one, though no connection was lost.
  ///
  /// - Parameter askedMs: when the question was put: what was heard since is no sign of that.
  func isElsewhere(_ headReading: HeadReading?, askedMs: Int64, _ context: Context) -> Bool {
    guard let headReading, let stands = headReading.head, !role.isLeader, replica.highest.termMs < askedMs
    else { return false }
    return headReading.lease.map { $0.holder.term < replica.head.term } ?? false
      || replica.progress(to: stands, context) == .across
  }

  /// Lease and head were read, as with each heartbeat.
  ///
  /// - Parameter standing: nil: there is neither.
  mutating func receiveHead(_ headReading: HeadReading?, _ context: inout Context) {
    leaseWatch.observe(headReading?.lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
    if let lease = headReading?.lease {
      replica.observe(lease, context)
      acceptHandOver(lease, &context)
    }
    guard let stands = headReading?.head else { return deletedIfNobodyHasIt(headReading, context) }
    replica.observe(stands, context)
    // A leader is told of the rest with each renewal.
    guard !role.isLeader else { return compareOverrides(stands, &context) }
    if let part = replica.partOf, part.commit != stands.commit { noticeRepair() }
    if let lease = headReading?.lease { overrule(lease, at: stands, &context) }
    guard context.policy.comparesHeads else { return }
    switch replica.progress(to: stands, context) {
    case .forward: requestSnapshot(&context)
    case .none:
      guard stands.commit != replica.head.commit, !replica.isEvidenceYoung(at: context.nowMs) else { return }
      requestSnapshot(&context)
    case .back, .across: break
    }
  }

  /// An override that was not heard is read.
  mutating func compareOverrides(_ stands: Head, _ context: inout Context) {
    guard replica.isFollowed, stands.words != replica.head.words, context.policy.comparesOverrides else {
      return
    }
    requestSnapshot(&context)
  }

  /// What nobody has in the settings and the ledger does not have any more was deleted: who did not hear of it sees it
  /// by that. What somebody has comes again after a loss.
  private mutating func deletedIfNobodyHasIt(_ headReading: HeadReading?, _ context: Context) {
    guard headReading == nil, replica.isFollowed, !role.isLeader, context.cluster.contact == .steady,
      participants.isNobody
    else { return }
    knowNothing()
  }

  /// What was found to be incomplete is written again: that is worth a look at once.
  private mutating func noticeRepair() {
    if replica.noticeRepair() { asking.retries.forgive(.snapshot) }
  }
}
