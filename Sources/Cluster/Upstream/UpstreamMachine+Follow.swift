import Health
import Ledger

/// Announcements of the ledger, and where it is found to be with each heartbeat.
extension UpstreamMachine {
  // MARK: What is heard

  mutating func heard(_ event: LedgerEvent, _ step: inout Step) {
    // One's own commits are answered; should the answer be lost, this is the proof that it was done somewhere.
    if let leader, leader.holder.run == event.run, leader.holder.term == event.term {
      self.leader?.heardOwn(event.seq)
      return
    }
    noticeRepair()
    replica.see(event.position, step)
    let judgement = replica.judge(event, step)
    if judgement == .seen { return }
    guard judgement == .next, isInStep || !step.policy.takesOnlyTheNextEvent,
      case .transition(let transition) = event.change, let index = peers.index(of: transition.peer)
    else { return readAgain(&step) }
    apply(transition, index, event.atMs)
    replica.follow(event)
    // A thousand events may come in one moment, and each showing copies all peers.
    display.change()
    showIfDue(&step)
    step.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
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

  mutating func heard(_ control: ControlMessage, _ step: inout Step) {
    switch control {
    case .handOver(_, let lease):
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      replica.see(lease, step)
      takeHandedOver(lease, &step)
    case .override(_, let peer, let override): heard(override, of: peer, &step)
    case .deleted:
      guard !role.isLeader else { return }
      // What another deleted is not known better here.
      knowNothing()
      readAgain(&step)
    }
  }

  private mutating func heard(_ override: Override, of peer: PeerName, _ step: inout Step) {
    // One that was long on its way, and has been lifted meanwhile, is no news.
    guard override.rev > max(replica.overrides[peer]?.rev ?? 0, replica.highest.liftedRev) else { return }
    replica.take([peer: override])
    peers.markDirty(peer)
    decide(&step)
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
    retries.forgive()
    replica.forgive()
  }

  /// The connection is another one, perhaps to another server.
  mutating func mayHaveMoved(_ step: Step) { reporter.doubt(at: step.nowMs) }

  /// The first time after a lapse: the ledger stands behind where it stood before.
  mutating func isSetBack(_ standing: Standing?) -> Bool {
    replica.isSetBack(standing, isNobodys: participants.group.participants.isEmpty)
  }

  /// The ledger stands on another branch than this node has followed: it may be another one, though no connection was lost.
  ///
  /// - Parameter askedMs: when the question was put: what was heard since is no sign of that.
  func isElsewhere(_ standing: Standing?, askedMs: Int64, _ step: Step) -> Bool {
    guard let standing, let stands = standing.head, !role.isLeader, replica.highest.termMs < askedMs
    else { return false }
    return standing.lease.map { $0.holder.term < replica.head.term } ?? false
      || replica.progress(to: stands, step) == .across
  }

  /// Lease and head were read, as with each heartbeat.
  ///
  /// - Parameter standing: nil: there is neither.
  mutating func readHead(_ standing: Standing?, _ step: inout Step) {
    leaseWatch.see(standing?.lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
    if let lease = standing?.lease {
      replica.see(lease, step)
      takeHandedOver(lease, &step)
    }
    guard let stands = standing?.head else { return deletedIfNobodyHasIt(standing, step) }
    replica.see(stands, step)
    // A leader is told of the rest with each renewal.
    guard !role.isLeader else { return compareOverrides(stands, &step) }
    if let part = replica.partOf, part.commit != stands.commit { noticeRepair() }
    if let lease = standing?.lease { overrule(lease, at: stands, &step) }
    guard step.policy.comparesHeads else { return }
    switch replica.progress(to: stands, step) {
    case .forward: readAgain(&step)
    case .none:
      guard stands.commit != replica.head.commit, !replica.isEvidenceYoung(at: step.nowMs) else { return }
      readAgain(&step)
    case .back, .across: break
    }
  }

  /// An override that was not heard is read.
  mutating func compareOverrides(_ stands: Head, _ step: inout Step) {
    guard replica.isFollowed, stands.words != replica.head.words, step.policy.comparesOverrides else {
      return
    }
    readAgain(&step)
  }

  /// What nobody has in the settings and the ledger does not have any more was deleted: who did not hear of it sees it
  /// by that. What somebody has comes again after a loss.
  private mutating func deletedIfNobodyHasIt(_ standing: Standing?, _ step: Step) {
    guard standing == nil, replica.isFollowed, !role.isLeader, step.surroundings.contact == .steady,
      participants.isNobody
    else { return }
    knowNothing()
  }

  /// What was found to be incomplete is written again: that is worth a look at once.
  private mutating func noticeRepair() {
    if replica.noticeRepair() { retries.forgive(.snapshot) }
  }
}
