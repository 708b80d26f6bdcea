import Health
import Ledger

extension UpstreamMachine {
  /// Takes what this node's own settings say; nil: they do not have the upstream any more.
  mutating func configure(_ new: UpstreamDefinition?, _ step: inout Step) {
    guard new != configured else { return }
    let wasPlain = isPlain
    let wasChecked = isChecked
    configured = new
    configuredDigest = new?.checker == nil ? "" : new?.digest ?? ""
    if let new, new.checker == nil { return becomePlain(new, &step) }
    if isChecked != wasChecked, step.keeps(.endReported) {
      // Of what was told before nothing counts any more.
      reporting.mustTellEnd = wasChecked && reporting.rev > 0
      tellAll()
    }
    guard wasPlain else { return }
    definition = nil
    peers = []
    index = [:]
  }

  /// Its peers are as the settings say, and nothing is decided.
  private mutating func becomePlain(_ new: UpstreamDefinition, _ step: inout Step) {
    stopProbing(&step)
    if let holder = leadership.held?.lease.holder {
      let isAlone = step.profile.sharing == nil
      _ = ask(isAlone ? .delete(name, holder) : .release(name, holder), &step)
    }
    forget()
    definition = new
    // What probes once found out is not what the settings say.
    setPeers(new, [:], step.nowMs)
    writing.dirty = []
    show(&step)
  }

  private mutating func forget() {
    leadership = .waiting(untilMs: .min)
    leaseWatch = LeaseWatch()
    head = Head()
    following = Following()
    // Numbers of one run never start again: the others know the higher ones, and would take nothing below them.
    writing = Writing(counter: writing.counter)
    reporting = Reporting(rev: reporting.rev)
    sheets = [:]
    overrides = [:]
  }

  /// Ends probing; where nobody else is there to know it, forgets the upstream in the ledger too.
  mutating func end(_ step: inout Step) {
    stopProbing(&step)
    if let held = leadership.held { _ = ask(.delete(name, held.lease.holder), &step) }
  }

  // MARK: Who takes part

  /// The nodes are others now, or have other settings, or the definition in force is another one.
  mutating func regroup(_ step: inout Step) {
    guard !isPlain else { return }
    rerank(step)
    if step.keeps(.endReported) {
      keepSheets(of: Set(group.participants.map(\.name) + group.unread.map(\.name)))
    }
    reassign(&step)
    markAllDirty()
  }

  /// Who may lead is another one now.
  mutating func rerank(_ step: Step) {
    guard !isPlain else { return }
    group = step.surroundings.roster.group(of: name)
    choose(step)
  }

  /// The target and the candidates, by who takes part and what is in force.
  mutating func choose(_ step: Step) {
    target = target(step)
    candidates = target.map { group.candidates(for: name, target: $0, inForce: head.digest, step) } ?? []
  }

  /// The digest of the definition that should be in force.
  func target(_ step: Step) -> String? {
    let target = group.target(inForce: head.digest)
    return step.keeps(.definitionByMajority) || configuredDigest.isEmpty ? target : configuredDigest
  }

  private mutating func reassign(_ step: inout Step) {
    let probers = step.keeps(.reportersVote) ? group.able(.reports) : group.participants
    let nodes = probers.map(\.name)
    assignment = Share.assignment(
      upstream: name, peers: peers.map(\.record.peer), probers: checker?.probers ?? 0, nodes: nodes)
    self.probers = probers
    assignProbes(&step)
    display.isDue = true
  }

  // MARK: The definition in force

  /// Brings a definition into force here. Peers that stay keep their state, by name.
  mutating func enforce(_ new: UpstreamDefinition, _ step: inout Step) {
    guard new != definition else { return }
    let known = Dictionary(uniqueKeysWithValues: peers.map { ($0.record.peer, $0) })
    let kept = Set(new.peers.map(\.name))
    for watch in peers where !kept.contains(watch.record.peer) {
      unwatch(watch, &step)
      reporting.removed.insert(watch.record.peer)
      // As the ledger does: the word on a peer goes with it.
      overrides[watch.record.peer] = nil
    }
    definition = new
    enforcedMs = step.nowMs
    setPeers(new, known, step.nowMs)
    for place in peers.indices {
      if let probe = peers[place].probe { step.routes.move(probe, toPeer: place) }
    }
    regroup(&step)
  }

  private mutating func setPeers(
    _ new: UpstreamDefinition, _ known: [PeerName: PeerWatch], _ nowMs: Int64
  ) {
    peers = new.peers.map { peer in
      guard var kept = known[peer.name] else {
        return PeerWatch(record: PeerRecord(assumed: peer), nowMs: nowMs)
      }
      kept.record.role = peer.role
      kept.isDirty = false
      return kept
    }
    index = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1.record.peer, $0) })
    writing.dirty = []
    markAllDirty()
  }

  /// The records as they are to be when `new` comes into force: what is known, and new peers as they are assumed.
  func records(under new: UpstreamDefinition, _ step: Step) -> [PeerRecord] {
    new.peers.enumerated().map { position, peer in
      guard
        let place = step.keeps(.keyedByName)
          ? index[peer.name] : peers.indices.contains(position) ? position : nil
      else {
        var record = PeerRecord(assumed: peer)
        if new.keepsDown(position) { record.reason = PeerRecord.markedDown }
        return record
      }
      var record = peers[place].record
      record.peer = peer.name
      record.role = peer.role
      return record
    }
  }
}
