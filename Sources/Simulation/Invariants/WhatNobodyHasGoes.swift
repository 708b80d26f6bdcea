import Health
import Ledger

/// Written for upstreams that are deleted, and for what is left of them.
package struct WhatNobodyHasGoes: Invariant {
  package static let promise = """
    An upstream that nobody has is deleted after a while, with its entry in the index; nothing of it comes back by itself, \
    and after quiet the index names what there is.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .began, .faultEnded, .swept, .over]

  /// After the time that it is kept: nodes settle, a lease ends, the index is read, and Redis answers: ms.
  private static let patienceMs: Int64 = 6000 + 6000 + 5000 + 2000

  /// Since when nothing has happened but to backends: true µs.
  private var calmUs: Int64 = 0
  /// Deleted on the primary, and had by nobody since.
  private var deleted: Set<UpstreamName> = []

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault), .faultEnded(let fault):
      if !fault.isOfBackends { calmUs = world.nowUs }
      // It may hold again what was deleted, as a replica does that was behind.
      if case .failOver = fault { deleted = [] }
    case .performed(let performed): if performed.isPrimary { observe(performed, in: world) }
    case .swept:
      deleted = deleted.filter { world.owners(of: $0).isEmpty }
      if world.redis.keepingEntries > 0 { calmUs = world.nowUs }
      if world.nowUs - calmUs > (world.plan.setup.orphanMs + Self.patienceMs) * world.slowness {
        for upstream in world.upstreams where world.owners(of: upstream).isEmpty {
          check(upstream, in: world)
        }
      }
    case .over: checkIndex(in: world)
    default: break
    }
  }

  private mutating func observe(_ performed: Performed, in world: World) {
    if let upstream = performed.deleted, world.owners(of: upstream).isEmpty { deleted.insert(upstream) }
    guard let commit = performed.accepted, deleted.contains(commit.upstream),
      world.owners(of: commit.upstream).isEmpty
    else { return }
    object("it was deleted, nobody has it, and it is written again", of: commit.upstream, in: world)
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    guard world.nodes.contains(where: \.isRunning), world.nodes.allSatisfy({ $0.isRunning || !$0.isFounder })
    else { return }
    let state = world.primaryState
    if state.digests[upstream] != nil {
      object("nobody has it, and the index names it", of: upstream, in: world)
    }
    if state.head(of: upstream) != nil, !world.conditions.hasLostIndex {
      object("nobody has it, and it is there", of: upstream, in: world)
    }
    for node in world.nodes where node.isRunning && node.view(of: upstream) != nil {
      object("nobody has it, and \(node.name) shows it", of: upstream, in: world)
    }
  }

  private func checkIndex(in world: World) {
    let state = world.primaryState
    for upstream in world.upstreams where !world.owners(of: upstream).isEmpty {
      let digest = state.head(of: upstream)?.digest
      if state.digests[upstream] != digest {
        object("the index has another digest than the head", of: upstream, in: world)
      }
    }
  }
}
