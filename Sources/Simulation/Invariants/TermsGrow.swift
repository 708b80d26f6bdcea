import Cluster
import Ledger

package struct TermsGrow: Invariant {
  package static let promise = """
    Each new holder of a lease gets a higher term than every holder before it on a server that has lost nothing, and no \
    node gets one below what it had ever seen, whatever was lost.
    """
  package static let looksAt: TraceEvent.Kinds = [.asked, .performed, .began]

  private struct Asked {
    var run: String
    var ticket: LedgerTicket
  }

  private var highest = PerServer(PerUpstream<UInt64>(0))
  /// The highest term that the asker knew.
  private var known: [String: [LedgerTicket: UInt64]] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .asked(let node, let ticket, .acquire(let bid)):
      known[node.run, default: [:]][ticket] = world.knowledge.of(node.run, on: bid.upstream).term
    case .began(let fault):
      highest.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        highest[world.primary][upstream] = 0
      }
    case .performed(let performed):
      if let upstream = performed.deleted { highest[performed.server][upstream] = 0 }
      check(performed, world)
    default: break
    }
  }

  private mutating func check(_ performed: Performed, _ world: World) {
    guard let upstream = performed.request.upstream else { return }
    let lease: Lease
    switch (performed.request, performed.answer) {
    case (.acquire(let bid), .granted(let granted, _)):
      lease = granted
      let known = max(bid.highestTerm, known[performed.run]?[performed.ticket] ?? 0)
      let isNew = lease.beat == 1
      if isNew ? lease.holder.term <= known : lease.holder.term < known {
        object(
          "\(lease.holder.node) knew term \(known), and is given \(lease.holder.term)", of: upstream,
          in: world)
      }
    case (.handOver, .handedOver(let granted)): lease = granted
    default: return
    }
    guard lease.beat == 1 else { return }
    let before = highest[performed.server][upstream]
    if lease.holder.term <= before {
      object("term \(lease.holder.term) is given after \(before)", of: upstream, in: world)
    }
    highest[performed.server][upstream] = max(before, lease.holder.term)
  }
}
