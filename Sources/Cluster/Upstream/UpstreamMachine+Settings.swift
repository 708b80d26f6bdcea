import Health
import Ledger

extension UpstreamMachine {
  /// Takes what this node's own settings say; nil: they do not have the upstream any more.
  mutating func configure(_ new: UpstreamDefinition?, _ step: inout Step) {
    guard new != settings.definition else { return }
    let before = settings
    settings.set(new)
    if let new, new.checker == nil { return becomePlain(new, &step) }
    if settings.isChecked != before.isChecked, step.policy.takesBackReports {
      reporter.begins(wasChecked: before.isChecked)
    }
    guard before.isPlain else { return }
    inForce.isOwn(nil)
    peers.removeAll()
  }

  /// Its peers are as the settings say, and nothing is decided.
  private mutating func becomePlain(_ new: UpstreamDefinition, _ step: inout Step) {
    stopProbing(&step)
    let holder = leader?.holder
    forget()
    if let holder {
      let isAlone = step.profile.sharing == nil
      ask(isAlone ? .delete(name, holder) : .release(name, holder), for: .none, &step)
    }
    inForce.isOwn(new)
    // What probes once found out is not what the settings say.
    peers.replace(with: new, keepingState: false, at: step.nowMs)
    peers.clean()
    show(&step)
  }

  /// Numbers of one run never start again: the others know the higher ones, and would take nothing below them.
  private mutating func forget() {
    become(.follower(untilMs: .min))
    requests.dropAll()
    leaseWatch = LeaseWatch()
    replica = Replica()
    commits = CommitLog(after: commits.count)
    reporter = Reporter(after: reporter.rev)
    reports = ReportBook()
  }

  /// Ends probing; where nobody else is there to know it, forgets the upstream in the ledger too.
  mutating func end(_ step: inout Step) {
    stopProbing(&step)
    if let leader { ask(.delete(name, leader.holder), for: .none, &step) }
  }

  // MARK: Who takes part

  /// The nodes are others now, or have other settings, or the definition in force is another one.
  mutating func regroup(_ step: inout Step) {
    guard !settings.isPlain else { return }
    rerank(step)
    if step.policy.takesBackReports {
      let group = participants.group
      reports.keep(of: Set(group.participants.map(\.name) + group.unread.map(\.name)))
    }
    participants.assign(peers.names, of: name, probers: inForce.checker?.probers ?? 0, step)
    assignProbes(&step)
    display.change()
    peers.markAllDirty()
  }

  /// Who may lead is another one now.
  mutating func rerank(_ step: Step) {
    guard !settings.isPlain else { return }
    participants.regroup(step.surroundings.roster.group(of: name))
    choose(step)
  }

  mutating func choose(_ step: Step) {
    participants.choose(for: name, inForce: replica.head.digest, own: settings.digest, step)
  }

  // MARK: The definition in force

  /// Brings a definition into force here. Peers that stay keep their state, by name.
  mutating func enforce(_ new: UpstreamDefinition, _ step: inout Step) {
    guard new != inForce.definition else { return }
    let kept = Set(new.peers.map(\.name))
    for index in peers.indices where !kept.contains(peers[index].record.peer) {
      unwatch(peers[index], &step)
      reporter.takesBack(peers[index].record.peer)
      // As the ledger does: the override of a peer goes with it.
      replica.removeOverride(of: peers[index].record.peer)
    }
    inForce.bring(new, at: step.nowMs)
    peers.replace(with: new, keepingState: true, at: step.nowMs)
    for index in peers.indices {
      if let probe = peers[index].probe { step.routes.move(probe, toPeer: index) }
    }
    regroup(&step)
  }
}
