import Cluster
import Health
import Ledger

struct DefinitionByMajority: Invariant {
  static let promise =
    "Settings are in force once, when more than half of the nodes that have the upstream carry them."
  static let looksAt: Sight.Kinds = [.started, .took, .performed, .began]

  /// What each server had in force after its last commit, by digest.
  private var inForce: [Int: String] = [:]
  /// Since when each node carries what it does, and what it carried before: true µs.
  private var carried: [Int: (sinceUs: Int64, before: String, now: String)] = [:]
  /// When each server first heard each run.
  private var heardUs: [Hearing: Int64] = [:]

  private struct Hearing: Hashable {
    var server: Int
    var run: String
  }

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .started(let node), .took(let node, .configured): note(node, in: world)
    case .began(.failOver): inForce[world.nextServer] = inForce[world.primary]
    case .began(.redisEmptied), .began(.redisLoses(.head)), .began(.redisLoses(.definition)):
      inForce[world.primary] = nil
    case .performed(let performed):
      switch performed.request {
      case .heartbeat(let heartbeat):
        let hearing = Hearing(server: performed.server, run: heartbeat.member.run)
        if heardUs[hearing] == nil { heardUs[hearing] = world.nowUs }
      case .commit(let commit):
        guard case .committed = performed.answer else { return }
        for case .definition(let digest) in commit.changes { check(digest, performed, in: world) }
        inForce[performed.server] = world.state(of: performed.server).head(of: commit.upstream)?.digest
      default: break
      }
    default: break
    }
  }

  private mutating func note(_ node: SimulatedNode, in world: World) {
    let digest = node.settings.digest
    guard carried[node.number]?.now != digest else { return }
    carried[node.number] = (world.nowUs, carried[node.number]?.now ?? "", digest)
  }

  private func check(_ digest: String, _ performed: Performed, in world: World) {
    guard let before = inForce[performed.server], !before.isEmpty else { return }
    if before == digest { return object("definition \(digest) comes into force again", in: world) }
    // What nodes carry is heard with their heartbeats; who is gone counts until it is dropped.
    let setup = world.plan.setup
    let knownUs = 3 * setup.heartbeatMs * world.slowness
    let countsUs = (setup.expiryMs + 3 * setup.heartbeatMs) * world.slowness
    var carriers = 0
    var others = 0
    for node in world.nodes {
      guard let held = carried[node.number] else { continue }
      let isNew = world.nowUs - held.sinceUs <= knownUs
      let isThere = node.isRunning || node.endedUs >= world.nowUs - countsUs
      if held.now == digest || (isNew && held.before == digest) {
        if isThere { carriers += 1 }
      } else if world.isWell(node), node.impairedUs < world.nowUs - countsUs,
        node.link.server == performed.server,
        let heard = heardUs[Hearing(server: performed.server, run: node.run)], world.nowUs - heard > knownUs,
        !isNew
      {
        others += 1
      }
    }
    if carriers <= others {
      object("definition \(digest) is carried by \(carriers) nodes, and another one by \(others)", in: world)
    }
  }
}
