import Cluster
import Ledger

package struct TermsGrow: Invariant {
  package static let promise = """
    Each new holder of a lease gets a higher term than every holder before it on a server that has lost nothing, and no \
    node gets one below what it had ever seen, whatever was lost.
    """
  package static let looksAt: Sight.Kinds = [.took, .asked, .performed, .showed, .began]

  private struct Asked {
    var run: String
    var ticket: LedgerTicket
  }

  private var highest = PerServer<UInt64>(0)
  private var knowledge = Knowledge()
  /// The highest term that the asker knew.
  private var known: [String: [LedgerTicket: UInt64]] = [:]

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    knowledge.follow(sight)
    switch sight {
    case .asked(let node, let ticket, .acquire):
      known[node.run, default: [:]][ticket] = knowledge.of(node.run).term
    case .began(let fault):
      highest.follow(fault, in: world)
      if fault.losesDecisions { highest[world.primary] = 0 }
    case .performed(let performed): check(performed, world)
    default: break
    }
  }

  private mutating func check(_ performed: Performed, _ world: World) {
    let lease: Lease
    switch (performed.request, performed.answer) {
    case (.acquire(let bid), .granted(let granted, _)):
      lease = granted
      let known = max(bid.highestTerm, known[performed.run]?[performed.ticket] ?? 0)
      let isNew = lease.beat == 1
      if isNew ? lease.holder.term <= known : lease.holder.term < known {
        object("\(lease.holder.node) knew term \(known), and is given \(lease.holder.term)", in: world)
      }
    case (.handOver, .handedOver(let granted)): lease = granted
    default: return
    }
    guard lease.beat == 1 else { return }
    if lease.holder.term <= highest[performed.server] {
      object("term \(lease.holder.term) is given after \(highest[performed.server])", in: world)
    }
    highest[performed.server] = max(highest[performed.server], lease.holder.term)
  }
}
