import Cluster
import Health
import Ledger

package struct CommitsOnlyUnderTheLease: Invariant {
  package static let promise = """
    A lease counts from the moment its request was sent, and its holder decides for two thirds of it: as long as no \
    clock runs more than half as fast again as another, nothing is sent under a lease that has run out.
    """
  package static let looksAt: TraceEvent.Kinds = [.took, .asked, .performed, .began, .faultEnded]

  /// A lease as its holder knows it.
  private struct Held {
    var holder: LeaseHolder
    /// When the request that won or prolonged it was sent, by the holder's clock.
    var countsFromMs: Int64
    /// Who gave it: of two primaries, both may have given the same term.
    var server: Int
  }

  /// A lease as a server has it.
  private struct Granted {
    var endMs: Int64
    /// Its end may not be trusted any more: a clock leapt.
    var isDisturbed = false
  }

  private struct Key: Hashable {
    var server: Int
    var upstream: UpstreamName
    var holder: LeaseHolder
  }

  private var sentMs: [String: [LedgerTicket: Int64]] = [:]
  private var held: [RunOfUpstream: Held] = [:]
  private var granted: [Key: Granted] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .asked(let node, let ticket, let request):
      switch request {
      case .acquire, .renew: sentMs[node.run, default: [:]][ticket] = node.steadyMs(at: world.nowUs)
      case .commit(let commit): check(commit, node, world)
      default: break
      }
    case .took(let node, .answered(let ticket, let answer)):
      guard let sent = sentMs[node.run]?.removeValue(forKey: ticket) else { return }
      if case .success(.granted(let lease, _)) = answer, let upstream = ticket.upstream {
        held[RunOfUpstream(run: node.run, upstream: upstream)] = Held(
          holder: lease.holder, countsFromMs: sent, server: node.server)
      }
    case .performed(let performed): grant(performed)
    case .began(let fault), .faultEnded(let fault): disturb(fault, world)
    default: break
    }
  }

  private mutating func grant(_ performed: Performed) {
    let forMs: Int
    switch performed.request {
    case .acquire(let bid): forMs = bid.forMs
    case .renew(_, _, let ms), .handOver(_, _, _, let ms): forMs = ms
    default: return
    }
    guard let upstream = performed.request.upstream else { return }
    switch performed.answer {
    case .granted(let lease, _), .handedOver(let lease):
      granted[Key(server: performed.server, upstream: upstream, holder: lease.holder)] = Granted(
        endMs: performed.time.steadyMs + Int64(forMs))
    default: break
    }
  }

  /// What was granted before does not end as it should have.
  private mutating func disturb(_ fault: Fault, _ world: World) {
    switch fault {
    case .redisClockJumps, .redisClockRate, .clockRate:
      let rates = world.nodes.map(\.permille)
      // A fault is told before it begins.
      let isBeyond: Bool
      switch fault {
      case .redisClockJumps: isBeyond = true
      case .redisClockRate(let permille): isBeyond = rates.contains { 2 * permille > 3 * $0 + 3 }
      case .clockRate(_, let permille): isBeyond = 2 * world.redisPermille > 3 * permille + 3
      default: isBeyond = false
      }
      if isBeyond { for key in granted.keys { granted[key]?.isDisturbed = true } }
    default: break
    }
  }

  private func check(_ commit: Commit, _ node: SimulatedNode, _ world: World) {
    let leaseMs = Int64(world.plan.setup.leaseMs)
    let key = RunOfUpstream(run: node.run, upstream: commit.upstream)
    guard let held = held[key], held.holder == commit.holder else {
      return object("\(node.name) sends \(commit.id) under a lease that it was never given", in: world)
    }
    let sinceMs = node.steadyMs(at: world.nowUs) - held.countsFromMs
    if 3 * sinceMs >= 2 * leaseMs {
      object("\(node.name) sends \(commit.id) \(sinceMs) ms after it asked for the lease", in: world)
    }
    guard 2 * world.redisPermille <= 3 * node.permille + 3, held.server == node.server,
      let granted = granted[Key(server: node.server, upstream: commit.upstream, holder: commit.holder)],
      !granted.isDisturbed
    else { return }
    let lateMs = world.redisTime().steadyMs - granted.endMs
    if lateMs >= 0 {
      object("\(node.name) sends \(commit.id) \(lateMs) ms after its lease ran out", in: world)
    }
  }
}
