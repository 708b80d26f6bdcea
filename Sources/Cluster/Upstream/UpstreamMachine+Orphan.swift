import Health
import Ledger

/// An upstream that nobody has in the settings any more is kept for a while, and then deleted.
extension UpstreamMachine {
  /// Nil: somebody has the upstream. Otherwise how long this node waits before it takes the lease to delete it.
  func orphanedMs(_ step: Step) -> Int64? {
    guard let sinceMs = participants.orphanedSinceMs, step.surroundings.contact == .steady,
      let keptMs = step.profile.sharing?.orphanMs, step.surroundings.observedMs - sinceMs >= keptMs
    else { return nil }
    let nodes = Share.ranked(step.surroundings.roster.nodes.map(\.name), name: \.self, for: "lead", name.text)
    guard let rank = nodes.firstIndex(of: step.profile.node) else { return nil }
    return Int64(rank) * Int64(step.profile.leaseMs)
  }

  /// The index names it, and that is all that is known: whoever deleted it ended before it had taken that out.
  func isStray(_ step: Step) -> Bool { settings.definition == nil && step.policy.removesStrays }

  mutating func tickOrphan(_ step: inout Step) {
    guard replica.isFollowed || isStray(step), participants.isNobody, !step.surroundings.settlesLong else {
      return participants.orphaned(since: nil)
    }
    // A lapse takes nothing off the time: a ledger that stands still now and then would keep it for ever.
    guard step.surroundings.contact == .steady else { return }
    if participants.orphanedSinceMs == nil { participants.orphaned(since: step.surroundings.observedMs) }
    guard let leader, orphanedMs(step) != nil, leader.pending == nil, leader.isUsable(step),
      retries.mayAsk(.delete, &step)
    else { return }
    // Who has it done once has nothing more to delete.
    retries.tried(.delete, "it is still there", &step)
    let nodes = step.surroundings.roster.nodes.map(\.name)
    become(.follower(untilMs: step.nowMs + Int64(step.profile.leaseMs)))
    ask(.delete(name, leader.holder, reportsOf: nodes), for: .delete, &step)
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
