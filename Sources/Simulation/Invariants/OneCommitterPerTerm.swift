import Health
import Ledger

package struct OneCommitterPerTerm: Invariant {
  package static let promise = """
    One node decides for an upstream at a time: what a former leader sends is refused by Redis, whatever it believes. \
    Of each term, commits of one run alone are accepted, and by its own hand; where Redis has lost what it had granted, \
    another run may get the same term, and the run tells them apart.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .began]

  private var committers = PerServer(PerUpstream<[UInt64: LeaseHolder]>([:]))

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      committers.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesGrants(of: upstream) {
        committers[world.primary][upstream] = [:]
      }
    case .performed(let performed):
      if let upstream = performed.deleted { committers[performed.server][upstream] = [:] }
      guard let commit = performed.accepted else { return }
      let holder = commit.holder
      if holder.node != Setup.node(performed.node) || holder.run != performed.run {
        object(
          "\(Setup.node(performed.node)) has written in the name of \(holder.node)", of: commit.upstream,
          in: world)
      }
      let other = committers[performed.server][commit.upstream].updateValue(holder, forKey: holder.term)
      if let other, other != holder {
        object(
          "in term \(holder.term) \(other.node) and \(holder.node) have both written", of: commit.upstream,
          in: world)
      }
    default: break
    }
  }
}

extension Fault {
  /// Redis forgets which terms it has given.
  fileprivate func losesGrants(of upstream: UpstreamName) -> Bool {
    switch self {
    case .redisEmptied: true
    case .redisLoses(.head, _): losesDecisions(of: upstream)
    default: false
    }
  }
}
