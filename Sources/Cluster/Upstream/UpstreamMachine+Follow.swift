import Health
import Ledger

extension UpstreamMachine {
  mutating func tickFollowing(_ step: inout Step) {
    guard following.mustRead, following.ticket == nil, step.nowMs >= following.againAtMs,
      step.surroundings.contact != .lost, leadership.held == nil || writing.inFlight == nil
    else { return }
    following.mustRead = false
    following.lastMs = step.nowMs
    following.commitsBefore = writing.inFlight == nil ? writing.counter : nil
    following.ticket = read(.snapshot(name), &step)
  }

  mutating func readLater(_ step: inout Step) {
    following.mustRead = true
    following.againAtMs = step.nowMs + Following.retryMs
  }

  mutating func readAgain(_ step: inout Step) {
    following.mustRead = true
    tickFollowing(&step)
  }

  // MARK: What is heard

  mutating func heard(_ event: LedgerEvent, _ step: inout Step) {
    // One's own commits are answered; should the answer be lost, this is the proof that it was done somewhere.
    if let held = leadership.held, held.lease.holder.run == event.run, held.lease.holder.term == event.term {
      if let first = writing.inFlight?.commit.firstSeq, event.seq >= first { writing.inFlight?.isDone = true }
      return
    }
    following.highestSeq = max(following.highestSeq, event.seq)
    following.highestTerm = max(following.highestTerm, event.term)
    if event.seq <= head.seq, event.term <= head.term, step.keeps(.fencedEvents) { return }
    guard isNext(event, step), following.isInStep || !step.keeps(.gaplessEvents),
      case .transition(let transition) = event.change, let place = index[transition.peer]
    else { return readAgain(&step) }
    apply(transition, place, event.atMs)
    head.seq = event.seq
    head.checkedMs = event.atMs
    // Whichever commit it was of: the next standing tells.
    head.commit = ""
    // A thousand events may come in one moment, and each showing copies all peers.
    display.isDue = true
    showIfDue(&step)
    step.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
  }

  private func isNext(_ event: LedgerEvent, _ step: Step) -> Bool {
    let isSameLeader = (event.term, event.run) == (head.term, head.run)
    if !step.keeps(.gaplessEvents) { return isSameLeader }
    if !step.keeps(.fencedEvents) { return true }
    return isSameLeader && event.seq == head.seq + 1
  }

  private mutating func apply(_ transition: Transition, _ place: Int, _ atMs: Int64) {
    var record = peers[place].record
    record.decided = transition.to
    record.status = transition.to
    record.evidence = .confirmed
    record.reason = transition.reason
    record.votes = transition.votes
    record.sinceMs = atMs
    peers[place].take(record)
    markDirty(place)
  }

  mutating func heard(_ control: ControlMessage, _ step: inout Step) {
    switch control {
    case .handOver(_, let lease):
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      following.highestTerm = max(following.highestTerm, lease.holder.term)
      takeHandedOver(lease, &step)
    case .override(_, let peer, let override): take(override, on: peer, &step)
    case .deleted:
      guard leadership.held == nil else { return }
      // What another deleted is not known better here.
      knowNothing()
      readAgain(&step)
    }
  }

  private mutating func take(_ override: Override, on peer: PeerName, _ step: inout Step) {
    // One that was long on its way, and has been lifted meanwhile, is no news.
    guard override.rev > max(overrides[peer]?.rev ?? 0, following.liftedRev) else { return }
    take([peer: override])
    if let place = index[peer] { markDirty(place) }
    decide(&step)
  }

  /// Takes over the later word on each peer.
  mutating func take(_ others: [PeerName: Override]) {
    for (peer, override) in others where override.rev > overrides[peer]?.rev ?? 0 {
      overrides[peer] = override
      following.highestRev = max(following.highestRev, override.rev)
    }
  }

  /// What is remembered here and was lifted with its peer, as the ledger tells where it has lost nothing. A word that is
  /// missing there and was not lifted is from another primary, and stays.
  private mutating func forgetLifted(_ snapshot: LedgerSnapshot, _ step: Step) {
    guard snapshot.head.isWhole, step.keeps(.liftedForGood) else { return }
    for (peer, override) in overrides
    where override.rev <= snapshot.head.liftedRev && snapshot.overrides[peer] == nil { overrides[peer] = nil }
  }

  // MARK: Where the ledger stands

  /// - Parameter standing: nil: there is neither a lease nor a head.
  mutating func stands(_ standing: Standing?, _ step: inout Step) {
    leaseWatch.see(standing?.lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
    if let lease = standing?.lease {
      following.highestTerm = max(following.highestTerm, lease.holder.term)
      takeHandedOver(lease, &step)
    }
    guard let stands = standing?.head else { return deletedIfNobodyHasIt(standing, step) }
    // A leader is told of the rest with each renewal.
    guard leadership.held == nil else { return compareWords(stands, &step) }
    following.see(stands)
    if let lease = standing?.lease { overrule(lease, &step) }
    guard step.keeps(.standingsCompared) else { return }
    if head.isBehind(stands) || (!stands.isBehind(head) && !stands.isAt(head)) {
      readAgain(&step)
    } else if stands.isAt(head), stands.commit != head.commit,
      following.lastMs == .min || step.nowMs - following.lastMs >= Following.evidenceMs
    {
      readAgain(&step)
    }
  }

  /// An operator's word that was not heard is read.
  mutating func compareWords(_ stands: Head, _ step: inout Step) {
    guard isFollowed, stands.words != head.words, step.keeps(.wordsCompared) else { return }
    readAgain(&step)
  }

  /// What nobody has in the settings and the ledger does not have any more was deleted: who did not hear of it sees it
  /// by that. What somebody has comes again after a loss.
  private mutating func deletedIfNobodyHasIt(_ standing: Standing?, _ step: Step) {
    guard standing == nil, isFollowed, leadership.held == nil, step.surroundings.contact == .steady,
      group.participants.isEmpty, group.unread.isEmpty
    else { return }
    knowNothing()
  }

  mutating func tookSnapshot(_ reading: Result<LedgerReading, LedgerError>, _ step: inout Step) {
    following.ticket = nil
    switch reading {
    case .failure: readLater(&step)
    case .success(.snapshot(let snapshot)):
      if leadership.held != nil, following.commitsBefore != writing.counter || writing.inFlight != nil {
        // It may be from before one's own commit.
        following.mustRead = true
      } else {
        adopt(snapshot, &step)
      }
    case .success: break
    }
    decide(&step)
  }

  private mutating func adopt(_ snapshot: LedgerSnapshot?, _ step: inout Step) {
    let leads = leadership.held != nil
    guard let snapshot else {
      guard leads else { return }
      if isFollowed {
        writing.mustResync = true
      } else if step.keeps(.remainsRead) {
        readRemains(&step)
      }
      return
    }
    following.see(snapshot.head)
    take(snapshot.overrides)
    // Parts of it are lost, and not all that it held is known here: nobody takes over half. A leader writes it again from
    // what is left.
    if !snapshot.head.isWhole, head.isBehind(snapshot.head), step.keeps(.remainsRead) {
      return leads ? readRemains(&step) : readLater(&step)
    }
    let overrules = leads && following.isOnLostBranch
    // What this node knows was decided later: who leads writes it anew.
    if snapshot.head.isBehind(head), !overrules {
      if leads { writing.mustResync = true }
      return
    }
    forgetLifted(snapshot, step)
    // Numbers never go back: what is taken over from the other branch gets new ones.
    following.isBetweenBranches = snapshot.head.isBehind(head)
    if following.isBetweenBranches { head.digest = snapshot.head.digest } else { head = snapshot.head }
    head.words = snapshot.head.words
    if leads { following.ledgerSeq = max(following.ledgerSeq, snapshot.head.seq) }
    if let definition = snapshot.definition { enforce(definition, &step) }
    for place in peers.indices {
      if let record = snapshot.records[peers[place].record.peer] { peers[place].take(record) }
      markDirty(place)
    }
    target = target(step)
    candidates = target.map { group.candidates(for: name, target: $0, inForce: head.digest) } ?? []
    if leads, overrules || !snapshot.head.isWhole || following.ledgerSeq < following.highestSeq {
      writing.mustResync = true
    }
    if overrules { following.isOnLostBranch = false }
    if definition != nil { show(&step) }
  }
}
