import Cluster
import Health
import Ledger

struct DefinitionByMajority: Invariant {
  static let promise =
    "Settings are in force once, when more than half of the nodes that have the upstream carry them."
  static let looksAt: TraceEvent.Kinds = [.started, .took, .performed, .began]

  /// What each server had in force after its last commit, by digest; empty: nothing.
  private var inForce = PerServer(PerUpstream(""))
  /// Since when each node carries what it does, and what it carried before; empty: nothing. True µs.
  private var carried = PerUpstream<[Int: Carried]>([:])

  private struct Carried {
    var sinceUs: Int64
    /// And until when.
    var before: [(digest: String, untilUs: Int64)]
    var now: String
  }
  /// Since when each server hears each run without a long break.
  private var heardUs: [Hearing: Int64] = [:]
  /// When it heard it last.
  private var beatUs: [Hearing: Int64] = [:]

  private struct Hearing: Hashable {
    var server: Int
    var run: String
  }

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node), .took(let node, .configured): note(node, in: world)
    case .began(let fault):
      inForce.follow(fault, in: world)
      switch fault {
      case .redisEmptied: inForce[world.primary] = PerUpstream("")
      case .redisLoses(.head, let upstream), .redisLoses(.definition, let upstream):
        inForce[world.primary][Setup.upstreamNames[upstream]] = ""
      default: break
      }
    case .performed(let performed):
      switch performed.request {
      case .heartbeat(let heartbeat):
        // Whose name is another run's is no member yet.
        guard case .members = performed.answer else { return }
        let hearing = Hearing(server: performed.server, run: heartbeat.member.run)
        // Who was away for long was dropped, and is heard anew.
        let awayUs = world.plan.setup.expiryMs * 1000
        if beatUs[hearing].map({ world.nowUs - $0 > awayUs }) ?? true {
          heardUs[hearing] = world.nowUs
        }
        beatUs[hearing] = world.nowUs
      case .commit(let commit):
        guard case .committed = performed.answer else { return }
        for case .definition(let digest) in commit.changes {
          check(digest, commit.upstream, performed, in: world)
        }
        inForce[performed.server][commit.upstream] =
          world.state(of: performed.server).head(of: commit.upstream)?.digest ?? ""
      case .delete: if let upstream = performed.deleted { inForce[performed.server][upstream] = "" }
      default: break
      }
    default: break
    }
  }

  private mutating func note(_ node: SimulatedNode, in world: World) {
    for upstream in world.upstreams {
      let digest = node.settings(of: upstream).map { world.digest(of: $0) } ?? ""
      let held = carried[upstream][node.number] ?? Carried(sinceUs: 0, before: [], now: "")
      guard held.now != digest else { continue }
      carried[upstream][node.number] = Carried(
        sinceUs: world.nowUs, before: held.before + [(held.now, world.nowUs)], now: digest)
    }
  }

  private func check(
    _ digest: String, _ upstream: UpstreamName, _ performed: Performed, in world: World
  ) {
    let before = inForce[performed.server][upstream]
    guard !before.isEmpty else { return }
    if before == digest {
      return object("definition \(digest) comes into force again", of: upstream, in: world)
    }
    // What nodes carry is heard with their heartbeats; who is gone counts until it is dropped.
    let setup = world.plan.setup
    let knownUs = 3 * setup.heartbeatMs * world.slowness
    let countsUs = (setup.expiryMs + 3 * setup.heartbeatMs) * world.slowness
    // Who stood still was not heard, or has not heard the others.
    let deciderIsBehind = world.nodes[performed.node].impairedUs >= world.nowUs - countsUs
    // When a beat came is known to half a heartbeat: so much earlier its node may count no more.
    let silentUs = (setup.expiryMs - setup.heartbeatMs / 2) * 1000
    var carriers = 0
    var others = 0
    for node in world.nodes {
      guard let held = carried[upstream][node.number] else { continue }
      let isBehind = deciderIsBehind || node.impairedUs >= world.nowUs - countsUs
      // Who cannot be heard, or is with another server, counts by what it carried when it was heard last, as long as Redis
      // tells of nobody's silence. A server that has never heard it has what was replicated.
      let isUnheard =
        (!world.isWell(node) || node.link.server != performed.server)
        && beatUs[Hearing(server: performed.server, run: node.run)].map { $0 <= held.sinceUs } ?? true
      let newUs = isBehind ? countsUs : knownUs
      let isNew = isUnheard || world.nowUs - held.sinceUs <= newUs
      let wasCarried = held.before.contains {
        $0.digest == digest && (isUnheard || world.nowUs - $0.untilUs <= newUs)
      }
      let isThere = node.isRunning || node.endedUs >= world.nowUs - countsUs
      if held.now == digest || wasCarried {
        if isThere { carriers += 1 }
      } else if !held.now.isEmpty, world.isWell(node), node.impairedUs < world.nowUs - countsUs,
        node.link.server == performed.server,
        let heard = heardUs[Hearing(server: performed.server, run: node.run)], world.nowUs - heard > knownUs,
        let beat = beatUs[Hearing(server: performed.server, run: node.run)],
        world.nowUs - beat < silentUs,
        !isNew
      {
        others += 1
      }
    }
    if carriers <= others {
      object(
        "definition \(digest) is carried by \(carriers) nodes, and another one by \(others)", of: upstream,
        in: world)
    }
  }
}
