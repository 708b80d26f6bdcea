import Health
import Ledger

/// Faults begin and end. Those of one kind may overlap: each is counted.
extension World {
  func begin(_ number: Int) {
    let planned = plan.faults[number]
    let fault = planned.fault
    transcript?.began(planned, at: nowUs)
    if !fault.isOfBackends {
      if planned.forMs > 0 {
        conditions.active += 1
        if fault.isDisturbing { conditions.disturbing += 1 }
      }
      conditions.lastUs = nowUs
    }
    show(.began(fault))
    if let node = fault.node {
      if nodes.indices.contains(node) { begin(fault, nodes[node]) }
      return
    }
    switch fault {
    case .joined:
      start(addNode(isFounder: false, nodes.count))
    case .roughNetwork(let delay, let loss):
      conditions.delays.append(delay)
      conditions.losses.append(loss)
    case .refusing, .silent, .slow, .flapping, .allRefusing: beginOfBackends(fault, number)
    case .override(let peer, let word, let upstream): say(word, peer, upstream)
    default: beginOfRedis(fault, number)
    }
  }

  func end(_ number: Int) {
    let planned = plan.faults[number]
    let fault = planned.fault
    transcript?.ended(planned, at: nowUs)
    if !fault.isOfBackends {
      conditions.active -= 1
      if fault.isDisturbing { conditions.disturbing -= 1 }
      conditions.lastUs = nowUs
    }
    if let node = fault.node {
      if nodes.indices.contains(node) { end(fault, nodes[node]) }
    } else {
      switch fault {
      case .joined: if let node = nodes.last(where: { !$0.isFounder && $0.isRunning }) { stop(node) }
      case .roughNetwork(let delay, let loss):
        conditions.delays.removeFirst(delay)
        conditions.losses.removeFirst(loss)
      case .refusing, .silent, .slow, .flapping, .allRefusing: endOfBackends(fault)
      default: endOfRedis(fault)
      }
    }
    show(.faultEnded(fault))
  }

  // MARK: Nodes

  private func begin(_ fault: Fault, _ node: SimulatedNode) {
    switch fault {
    case .paused: pause(node)
    case .crashed:
      node.crashes += 1
      kill(node)
    case .stopped:
      stop(node)
      node.crashes += 1
    case .wallClockJumps(_, let ms): node.clock.jump(byMs: ms)
    case .clockRate(_, let permille): node.clock.set(permille: permille, at: nowUs)
    case .localErrors: node.localErrors += 1
    case .cutFromPeers(_, let peers):
      node.impairedUs = nowUs
      for peer in peers.isEmpty ? [-1] : peers { node.cutsFromPeers[peer, default: 0] += 1 }
    case .cutFromRedis: node.cutsFromRedis += 1
    case .connectionBreaks: breakConnections(node, why: "somebody cut them")
    case .deaf: node.deafness += 1
    case .denied:
      node.denials += 1
      resubscribe(node)
    case .settings(_, let version, let upstream): configure(node, version: version, ofUpstream: upstream)
    default: break
    }
  }

  private func end(_ fault: Fault, _ node: SimulatedNode) {
    switch fault {
    case .paused: resume(node)
    case .crashed, .stopped:
      node.crashes -= 1
      start(node)
    case .clockRate: node.clock.set(permille: 1000, at: nowUs)
    case .localErrors: node.localErrors -= 1
    case .cutFromPeers(_, let peers):
      node.impairedUs = nowUs
      for peer in peers.isEmpty ? [-1] : peers { node.cutsFromPeers[peer, default: 0] -= 1 }
    case .cutFromRedis:
      node.cutsFromRedis -= 1
      if !node.isCutFromRedis { breakConnections(node, why: "they were silent for too long") }
    case .deaf: node.deafness -= 1
    case .denied:
      node.denials -= 1
      resubscribe(node)
    default: break
    }
  }

  // MARK: Redis

  private func beginOfRedis(_ fault: Fault, _ number: Int) {
    switch fault {
    case .redisDown:
      redis.down += 1
      for node in nodes { breakConnections(node, why: "Redis is down") }
    case .redisHangs: redis.hanging += 1
    case .allDeaf: redis.mute += 1
    case .redisPauses: pauseRedis(number, true)
    case .unanswered(let permille): redis.unanswered.append(permille)
    case .forbidden(let node, let right):
      redis.forbidden.append((node, right))
      if right.isOfChannel { resubscribe(node) }
    case .entriesStay: redis.keepingEntries += 1
    case .redisSlow(let ms): redis.slowMs.append(ms)
    case .redisEmptied:
      conditions.lossUs = nowUs
      redis.servers[redis.primary].state = SharedState()
    case .redisLoses(let loss, let upstream):
      if loss == .index { conditions.hasLostIndex = true }
      lose(loss, Setup.upstreamNames[upstream])
    case .redisClockJumps(let ms): redis.jumpClock(byMs: ms, at: nowUs)
    case .redisClockRate(let permille): redis.clock.set(permille: permille, at: nowUs)
    case .leaseEnds(let upstream):
      redis.servers[redis.primary].state.lose(.of(Setup.upstreamNames[upstream], .lease))
    case .leaseIsEndless(let upstream):
      redis.servers[redis.primary].state.persistLease(
        of: Setup.upstreamNames[upstream], at: redis.time(at: nowUs))
    case .failOver(let lostMs, let staying):
      // The replica stops to hear the primary now, and takes over later.
      redis.servers[redis.primary].state.forgetEnded(at: redis.time(at: nowUs))
      redis.servers.append(SimulatedRedis.Server(state: redis.servers[redis.primary].state))
      put(.takesOver(fault: number, staying: staying), inUs: lostMs * 1000)
    default: break
    }
  }

  private func endOfRedis(_ fault: Fault) {
    switch fault {
    case .redisDown: redis.down -= 1
    case .entriesStay: redis.keepingEntries -= 1
    case .allDeaf: redis.mute -= 1
    case .redisHangs:
      redis.hanging -= 1
      if redis.hanging == 0 { workOff() }
    case .unanswered(let permille): redis.unanswered.removeFirst(permille)
    case .forbidden(let node, let right):
      if let index = redis.forbidden.firstIndex(where: { $0 == (node, right) }) {
        redis.forbidden.remove(at: index)
      }
      if right.isOfChannel { resubscribe(node) }
    case .redisSlow(let ms): redis.slowMs.removeFirst(ms)
    case .redisClockRate: redis.clock.set(permille: 1000, at: nowUs)
    case .failOver:
      // Old primaries are told that they are none. Some subscriptions break by that, others quietly go on.
      for node in nodes where node.link.server != redis.primary {
        if dice.chance(500) {
          breakConnections(node, why: "it was with an old primary")
        } else {
          node.link.server = redis.primary
        }
      }
    default: break
    }
  }

  /// What waits is performed when a pause is over, in the order in which it came.
  func pauseRedis(_ fault: Int, _ isOn: Bool) {
    guard case .redisPauses(let forMs, let everyMs) = plan.faults[fault].fault else { return }
    let leftUs = plan.faults[fault].endMs * 1000 - nowUs
    if isOn {
      guard leftUs > 0 else { return }
      redis.hanging += 1
      put(.pauses(fault: fault, isOn: false), inUs: min(forMs * 1000, leftUs))
    } else {
      redis.hanging -= 1
      if redis.hanging == 0 {
        redis.resumedUs = nowUs
        workOff()
      }
      put(.pauses(fault: fault, isOn: true), inUs: (everyMs - forMs) * 1000)
    }
  }

  /// - Parameter node: nil: all of them.
  private func resubscribe(_ node: Int?) {
    for other in nodes where (node ?? other.number) == other.number { resubscribe(other) }
  }

  func takeOver(_ fault: Int, _ staying: [Int]) {
    conditions.lossUs = nowUs
    conditions.lastUs = nowUs
    redis.primary = redis.servers.count - 1
    transcript?.add("redis", "a replica takes over", at: nowUs)
    for node in nodes where !staying.contains(node.number) {
      breakConnections(node, why: "Redis has another primary")
    }
  }

  private func lose(_ loss: Fault.Loss, _ upstream: UpstreamName) {
    conditions.lossUs = nowUs
    var keys: [LedgerKey] = []
    switch loss {
    case .members: keys = [.members]
    case .index: keys = [.index]
    case .missing: keys = [.missing]
    case .nodeInfos: keys = nodes.map { .nodeInfo(node: $0.name) }
    case .reports: keys = nodes.map { .reports(upstream, node: $0.name) }
    default: keys = LedgerKey.Part(rawValue: loss.rawValue).map { [.of(upstream, $0)] } ?? []
    }
    for key in keys { redis.servers[redis.primary].state.lose(key) }
  }

  private func say(_ word: Fault.Word, _ peer: Int, _ upstream: Int) {
    guard let state = Override.State(rawValue: word.rawValue) else { return }
    order(
      .override(
        OverrideRequest(
          upstream: Setup.upstreamNames[upstream], peer: Setup.peer(peer), state: state, by: "anna", why: ""))
    )
  }

  // MARK: Backends

  private func beginOfBackends(_ fault: Fault, _ number: Int) {
    switch fault {
    case .refusing(let peer): change(peer) { $0.refusing += 1 }
    case .silent(let peer): change(peer) { $0.silent += 1 }
    case .slow(let peer, let ms): change(peer) { $0.slowMs.append(ms) }
    case .allRefusing: for peer in backends.indices { change(peer) { $0.refusing += 1 } }
    case .flapping(let peer, let periodMs): flap(number, peer, max(periodMs * 500, 1000), true)
    default: break
    }
  }

  private func endOfBackends(_ fault: Fault) {
    switch fault {
    case .refusing(let peer): change(peer) { $0.refusing -= 1 }
    case .silent(let peer): change(peer) { $0.silent -= 1 }
    case .slow(let peer, let ms): change(peer) { $0.slowMs.removeFirst(ms) }
    case .allRefusing: for peer in backends.indices { change(peer) { $0.refusing -= 1 } }
    default: break
    }
  }

  func flap(_ fault: Int, _ peer: Int, _ halfUs: Int64, _ isDown: Bool) {
    let isOver = nowUs >= plan.faults[fault].endMs * 1000
    if isOver, isDown { return }
    change(peer) { $0.flappedDown += isDown ? 1 : -1 }
    put(.flaps(fault: fault, peer: peer, halfUs: halfUs, isDown: !isDown), inUs: halfUs)
  }

  private func change(_ peer: Int, _ body: (inout Backend) -> Void) {
    guard backends.indices.contains(peer) else { return }
    body(&backends[peer])
    let turned = backends[peer].note(at: nowUs)
    for truth in turned {
      let isForAll = turned.count == backends[peer].truths.count
      if !isForAll || truth.timeoutMs == turned[0].timeoutMs {
        transcript?.turned(peer, truth, isForAll: isForAll, at: nowUs)
      }
      show(.turned(peer: peer, truth))
    }
  }
}

extension [Int64] {
  fileprivate mutating func removeFirst(_ value: Int64) {
    if let index = firstIndex(of: value) { remove(at: index) }
  }
}
