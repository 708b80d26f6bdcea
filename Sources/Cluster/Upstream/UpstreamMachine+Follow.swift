import Health
import Ledger

extension UpstreamMachine {
  mutating func tickFollowing(_ step: inout Step) {
    noticeSlowReading(step)
    noticeSlowCommit(&step)
    guard following.mustRead, following.ticket == nil, step.surroundings.contact != .lost,
      leadership.held == nil || writing.inFlight == nil, retries.mayAsk(.snapshot, &step)
    else { return }
    following.mustRead = false
    following.lastMs = step.nowMs
    following.commitsBefore = writing.inFlight == nil ? writing.counter : nil
    following.ticket = read(.snapshot(name), &step)
  }

  /// A reading that takes long is this upstream's own trouble, and keeps no other one from being fresh.
  private mutating func noticeSlowReading(_ step: Step) {
    guard following.ticket != nil, following.trouble == nil, let sharing = step.profile.sharing,
      step.nowMs - following.lastMs >= 2 * sharing.heartbeatMs
    else { return }
    following.trouble = UpstreamTrouble(
      LedgerFault(.deadline, "reading it takes long"), sinceMs: step.moment.wallMs)
  }

  /// What a leader has decided may be in the ledger, and known to all others, while it waits for the answer.
  private mutating func noticeSlowCommit(_ step: inout Step) {
    guard let slowMs = slowCommitMs(step), step.nowMs >= slowMs, step.keeps(.staleShown) else { return }
    following.trouble = UpstreamTrouble(
      LedgerFault(.deadline, "what was decided has no answer"), sinceMs: step.moment.wallMs)
    display.isHeld = true
    if display.shownMs != nil { show(&step) }
  }

  /// When the commit under way has had no answer for long; nil: there is none, or that was noticed.
  func slowCommitMs(_ step: Step) -> Int64? {
    guard let inFlight = writing.inFlight, following.trouble == nil, let sharing = step.profile.sharing
    else { return nil }
    return inFlight.sentMs + 2 * sharing.heartbeatMs
  }

  /// What was read did not help, or nothing was.
  mutating func readLater(_ fault: LedgerFault, _ step: inout Step) {
    following.mustRead = true
    retries.refused(.snapshot, fault.sentence, &step)
    following.fail(fault, wallMs: step.moment.wallMs)
    // Once may be chance. Until all has been read after a loss the whole node is stale, and this does not keep it so.
    if following.failures >= 2 { hold(&step) }
  }

  /// What cannot be read is shown as stale by itself, and keeps no other upstream from being fresh.
  mutating func hold(_ step: inout Step) {
    guard !following.isInStep, following.trouble != nil, !display.isHeld, step.keeps(.staleShown) else {
      return
    }
    display.isHeld = true
    if display.shownMs != nil { show(&step) }
  }

  mutating func release(_ step: inout Step) {
    following.trouble = nil
    following.failures = 0
    guard display.isHeld else { return }
    display.isHeld = false
    if display.shownMs != nil { show(&step) }
  }

  /// The ledger was away, and is back: what was refused before says nothing any more.
  mutating func regainContact() {
    retries.forgive()
    following.trouble = nil
    following.failures = 0
  }

  mutating func readAgain(_ step: inout Step) {
    following.mustRead = true
    tickFollowing(&step)
  }

  /// What was found to be incomplete is written again: that is worth a look at once.
  private mutating func noticeRepair() {
    guard following.partOf != nil else { return }
    following.partOf = nil
    retries.forgive(.snapshot)
  }

  // MARK: What is heard

  mutating func heard(_ event: LedgerEvent, _ step: inout Step) {
    // One's own commits are answered; should the answer be lost, this is the proof that it was done somewhere.
    if let held = leadership.held, held.lease.holder.run == event.run, held.lease.holder.term == event.term {
      if let first = writing.inFlight?.commit.firstSeq, event.seq >= first { writing.inFlight?.isDone = true }
      return
    }
    noticeRepair()
    following.see(event.position, step)
    let judgement = judge(event, step)
    if judgement == .seen { return }
    guard judgement == .next, following.isInStep || !step.keeps(.gaplessEvents),
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

  private func judge(_ event: LedgerEvent, _ step: Step) -> Position.Judgement {
    if !step.keeps(.fencedEvents) { return .next }
    let judgement = head.position.judge(comparable(event.position, step), event.change)
    return judgement == .gap && !step.keeps(.gaplessEvents) ? .next : judgement
  }

  private func comparable(_ position: Position, _ step: Step) -> Position {
    guard !step.keeps(.runsCompared), position.term == head.term else { return position }
    return Position(term: position.term, run: head.run, seq: position.seq)
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
      following.see(lease, step)
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

  /// The ledger is not to be had from now on.
  ///
  /// - Parameter ms: up to when it was to be had: steady ms.
  mutating func loseSight(at ms: Int64) {
    reporting.doubt(at: ms)
    following.beforeLapse = Following.BeforeLapse(head: head, term: leaseWatch.lease?.holder.term ?? 0)
    leaseWatch.forget()
    reporting.isRefused = false
  }

  /// The connection is another one, perhaps to another server.
  mutating func mayHaveMoved(_ step: Step) { reporting.doubt(at: step.nowMs) }

  /// The first time after a lapse: the ledger stands behind where it stood before.
  mutating func isSetBack(_ standing: Standing?) -> Bool {
    guard let before = following.beforeLapse else { return false }
    following.beforeLapse = nil
    if let lease = standing?.lease, lease.holder.term < before.term { return true }
    guard before.head.seq > 0, !group.participants.isEmpty else { return false }
    guard let head = standing?.head else { return true }
    return (head.term, head.seq) < (before.head.term, before.head.seq)
  }

  /// The ledger stands on another branch than this node has followed: it may be another one, though no connection was lost.
  ///
  /// - Parameter askedMs: when the question was put: what was heard since is no sign of that.
  func isElsewhere(_ standing: Standing?, askedMs: Int64, _ step: Step) -> Bool {
    guard let standing, let stands = standing.head, leadership.held == nil, following.termMs < askedMs
    else { return false }
    return standing.lease.map { $0.holder.term < head.term } ?? false || progress(to: stands, step) == .across
  }

  /// - Parameter standing: nil: there is neither a lease nor a head.
  mutating func stands(_ standing: Standing?, _ step: inout Step) {
    leaseWatch.see(standing?.lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
    if let lease = standing?.lease {
      following.see(lease, step)
      takeHandedOver(lease, &step)
    }
    guard let stands = standing?.head else { return deletedIfNobodyHasIt(standing, step) }
    // A leader is told of the rest with each renewal.
    guard leadership.held == nil else { return compareWords(stands, &step) }
    if let part = following.partOf, part.commit != stands.commit { noticeRepair() }
    following.see(stands, step)
    if let lease = standing?.lease { overrule(lease, at: stands, &step) }
    guard step.keeps(.standingsCompared) else { return }
    switch progress(to: stands, step) {
    case .forward: readAgain(&step)
    case .none:
      guard stands.commit != head.commit,
        following.lastMs == .min || step.nowMs - following.lastMs >= Following.evidenceMs
      else { return }
      readAgain(&step)
    case .back, .across: break
    }
  }

  /// What it would be for those who read here if this node showed what the ledger holds.
  enum Progress: Hashable, Sendable {
    case none, forward, back
    /// The ledger stands on another branch, at a number that was used here for something else: nobody may be led there
    /// under it.
    case across
  }

  func progress(to stands: Head, _ step: Step) -> Progress {
    switch head.position.relation(of: comparable(stands.position, step)) {
    case .same: .none
    case .ahead: .forward
    case .behind: .back
    case .otherBranch: stands.seq >= head.seq ? .forward : .across
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
    case .failure(let error): readLater(error.fault, &step)
    case .success(.snapshot(let snapshot)):
      if leadership.held != nil, following.commitsBefore != writing.counter || writing.inFlight != nil {
        // It may be from before one's own commit.
        readLater("it was written meanwhile", &step)
      } else {
        retries.accepted(.snapshot)
        adopt(snapshot, &step)
        if following.isInStep { release(&step) }
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
    following.see(snapshot.head, step)
    let progress = progress(to: snapshot.head, step)
    take(snapshot.overrides)
    // Parts of it are lost, and not all that it held is known here: nobody takes over half. A leader writes it again from
    // what is left.
    if !snapshot.head.isWhole, progress == .forward, step.keeps(.remainsRead) {
      if leads { return readRemains(&step) }
      following.partOf = snapshot.head
      return readLater(LedgerFault(.unreadable, "Redis has lost a part of upstream \(name)"), &step)
    }
    let overrules = leads && (following.isOnLostBranch || progress == .across)
    let isBelow = progress == .back || progress == .across
    // What this node knows was decided later: who leads writes it anew.
    if isBelow, !overrules {
      if leads { writing.mustResync = true }
      return
    }
    forgetLifted(snapshot, step)
    // Numbers never go back: what is taken over from the other branch gets new ones.
    following.isBetweenBranches = isBelow
    if following.isBetweenBranches { head.digest = snapshot.head.digest } else { head = snapshot.head }
    head.words = snapshot.head.words
    if leads { following.ledgerSeq = max(following.ledgerSeq, snapshot.head.seq) }
    if let definition = snapshot.definition { enforce(definition, &step) }
    for place in peers.indices {
      if let record = snapshot.records[peers[place].record.peer] { peers[place].take(record) }
      markDirty(place)
    }
    choose(step)
    if leads, overrules || !snapshot.head.isWhole || following.ledgerSeq < following.highestSeq {
      writing.mustResync = true
    }
    if overrules { following.isOnLostBranch = false }
    if definition != nil { show(&step) }
  }
}
