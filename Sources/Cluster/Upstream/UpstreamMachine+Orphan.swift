import Health
import Ledger

/// An upstream that nobody has in the settings any more is kept for a while, and then deleted.
extension UpstreamMachine {
  /// Nil: somebody has the upstream. Otherwise how long this node waits before it takes the lease to delete it.
  func orphanedMs(_ context: Context) -> Int64? {
    guard let sinceMs = participants.orphanedSinceMs, context.cluster.contact == .steady,
      let keptMs = context.profile.sharing?.orphanMs, context.cluster.observedMs - sinceMs >= keptMs
    else { return nil }
    let nodes = Rendezvous.ranked(
      context.cluster.roster.nodes.map(\.name), name: \.self, for: "lead", name.text)
    guard let rank = nodes.firstIndex(of: context.profile.node) else { return nil }
    return Int64(rank) * Int64(context.profile.leaseMs)
  }

  /// The index names it, and that is all that is known: whoever deleted it ended before it had taken that out.
  func isStray(_ context: Context) -> Bool { settings.isAbsent && context.policy.removesStrays }

  mutating func tickOrphan(_ context: inout Context) {
    guard replica.isFollowed || isStray(context), participants.isNobody, !context.cluster.settlesLong else {
      return participants.orphaned(since: nil)
    }
    // A lapse takes nothing off the time: a ledger that stands still now and then would keep it for ever.
    guard context.cluster.contact == .steady else { return }
    if participants.orphanedSinceMs == nil { participants.orphaned(since: context.cluster.observedMs) }
    guard let leader, orphanedMs(context) != nil, leader.pending == nil, leader.isUsable(context),
      asking.retries.mayAsk(.delete, &context)
    else { return }
    // Who has it done once has nothing more to delete.
    asking.retries.tried(.delete, "it is still there", &context)
    let nodes = context.cluster.roster.nodes.map(\.name)
    become(.follower(untilMs: context.nowMs + Int64(context.profile.leaseMs)))
    ask(.delete(name, leader.holder, reportsOf: nodes), for: .delete, &context)
  }

  /// The ledger has forgotten the upstream, because nobody had it.
  mutating func knowNothing() {
    replica.knowNothing()
    // Should it come again, it begins anew.
    reports.removeSheets()
    reporter.tellAll()
    let assumed = inForce.definition?.peers ?? []
    for index in peers.indices where assumed.indices.contains(index) {
      peers[index].adopt(PeerRecord(assumed: assumed[index]))
    }
    // Should anything be left of it, such as an entry of the index, it is deleted once more, but not at once: whoever
    // deleted it may not have ended.
    participants.orphaned(since: nil)
  }
}
