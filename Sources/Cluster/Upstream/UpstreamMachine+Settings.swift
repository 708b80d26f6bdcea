import Health
import Ledger

extension UpstreamMachine {
  /// Takes what this node's own settings say; nil: they do not have the upstream any more.
  mutating func configure(_ new: UpstreamDefinition?, _ context: inout Context) {
    guard new != settings.definition else { return }
    let before = settings
    settings.set(new)
    if let new, new.checker == nil { return becomePlain(new, &context) }
    if settings.isChecked != before.isChecked, context.policy.takesBackReports {
      reporter.begins(wasChecked: before.isChecked)
    }
    guard before.isPlain else { return }
    inForce.isOwn(nil)
    peers.removeAll()
  }

  /// Its peers are as the settings say, and nothing is decided.
  private mutating func becomePlain(_ new: UpstreamDefinition, _ context: inout Context) {
    stopProbing(&context)
    let holder = leader?.holder
    let isAlone = context.profile.sharing == nil
    forget(keeping: isAlone ? nil : replica.lasting)
    if let holder {
      ask(isAlone ? .delete(name, holder) : .release(name, holder), for: .none, &context)
    }
    inForce.isOwn(new)
    // What probes once found out is not what the settings say.
    peers.replace(with: new, keepingState: false, at: context.nowMs)
    peers.clean()
    show(&context)
  }

  /// Numbers of one run never start again: the others know the higher ones, and would take nothing below them.
  private mutating func forget(keeping highest: Highest?) {
    become(.follower(untilMs: .min))
    asking.requests.dropAll()
    leaseWatch = LeaseWatch()
    replica = Replica(after: highest ?? Highest())
    asking.commits = CommitLog(after: asking.commits.count)
    reporter = Reporter(after: reporter.rev)
    reports = ReportBook()
  }

  /// Ends probing; where nobody else is there to know it, forgets the upstream in the ledger too.
  mutating func end(_ context: inout Context) {
    stopProbing(&context)
    if let leader { ask(.delete(name, leader.holder), for: .none, &context) }
  }

  // MARK: Who takes part

  /// The nodes are others now, or have other settings, or the definition in force is another one.
  mutating func regroup(_ context: inout Context) {
    guard !settings.isPlain else { return }
    rerank(context)
    if context.policy.takesBackReports {
      let group = participants.group
      reports.keep(of: Set(group.participants.map(\.name) + group.unread.map(\.name)))
    }
    participants.assign(peers.names, of: name, probers: inForce.checker?.probers ?? 0, context)
    assignProbes(&context)
    display.change()
    peers.markAllDirty()
  }

  /// Who may lead is another one now.
  mutating func rerank(_ context: Context) {
    guard !settings.isPlain else { return }
    participants.regroup(context.cluster.roster.group(of: name))
    choose(context)
  }

  mutating func choose(_ context: Context) {
    participants.choose(for: name, inForce: replica.head.digest, own: settings.digest, context)
  }

  // MARK: The definition in force

  /// Brings a definition into force here. Peers that stay keep their state, by name.
  mutating func enforce(_ new: UpstreamDefinition, _ context: inout Context) {
    guard new != inForce.definition else { return }
    let kept = Set(new.peers.map(\.name))
    for index in peers.indices where !kept.contains(peers[index].record.peer) {
      unwatch(peers[index], &context)
      reporter.withdraw(peers[index].record.peer)
      // As the ledger does: the override of a peer goes with it.
      replica.removeOverride(of: peers[index].record.peer)
    }
    inForce.bring(new, at: context.nowMs)
    peers.replace(with: new, keepingState: true, at: context.nowMs)
    for index in peers.indices {
      for place in 0..<peers[index].checkCount {
        if let probe = peers[index][check: place].probe { context.routes.move(probe, toPeer: index) }
      }
    }
    regroup(&context)
  }
}
