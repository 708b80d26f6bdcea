import Glibc
import RedisTestServer

/// Makes things go wrong, and well again: returns when the fault is over.
struct FaultMaker: Sendable {
  let redis: SharedRedis
  let nodes: NodeSet
  /// Where the backends listen.
  let peerPorts: [Int]
  /// Names of upstreams.
  let upstreams: [String]
  let say: @Sendable (String) -> Void

  func make(_ planned: PlannedFault) async throws {
    switch planned.fault.side {
    case .node: try await disturbNode(planned)
    case .redis:
      try await disturbRedis(planned)
      try await redis.isWhole()
    }
  }

  private func disturbNode(_ planned: PlannedFault) async throws {
    let name = nodes.names[planned.target % nodes.names.count]
    say("\(planned.fault.rawValue): \(name), \(planned.lengthMs) ms")
    switch planned.fault {
    case .nodeKilled, .nodeEnded:
      await nodes.end(name, by: planned.fault == .nodeKilled ? SIGKILL : SIGTERM)
      try await last(planned)
      try await nodes.start(name)
    case .nodePaused:
      nodes.pause(name)
      try await last(planned)
      nodes.resume(name)
    default:
      try await nodes.cut(name, off: planned.fault == .nodeWithoutRedis ? redis.ports : peerPorts)
      try await last(planned)
      try await nodes.cut(name, off: [])
    }
  }

  private func last(_ planned: PlannedFault) async throws {
    try await Task.sleep(for: .milliseconds(planned.lengthMs))
  }

  private func disturbRedis(_ planned: PlannedFault) async throws {
    let primaries = redis.primaries
    guard !primaries.isEmpty else { return }
    let primary = primaries[planned.target % primaries.count]
    say("\(planned.fault.rawValue): server \(primary), \(planned.lengthMs) ms")
    switch planned.fault {
    case .primaryPaused:
      redis.servers[primary].pause()
      try await redis.hasAnother(than: primary)
      redis.servers[primary].resume()
    case .primaryKilled:
      redis.servers[primary].stop()
      try await redis.hasAnother(than: primary)
      try await redis.servers[primary].start()
    case .redisHangs:
      redis.askAll("CLIENT", "PAUSE", "\(planned.lengthMs)", "ALL")
      try await last(planned)
    case .connectionsReset: redis.ways[primary].reset()
    case .wayDelayed: try await disturb(redis.ways[primary], .delayed(50 + planned.target % 300), planned)
    case .wayDripping: try await disturb(redis.ways[primary], .dripping(100 + planned.target), planned)
    case .waySilent: try await disturb(redis.ways[primary], .silent, planned)
    case .clientsKilled:
      for kind in ["normal", "pubsub"] { redis.askAll("CLIENT", "KILL", "TYPE", kind) }
    case .scriptsLost: redis.askAll("SCRIPT", "FLUSH")
    case .outOfMemory:
      redis.askAll("CONFIG", "SET", "maxmemory", "1")
      try await last(planned)
      redis.askAll("CONFIG", "SET", "maxmemory", "0")
    case .emptied: for primary in primaries { redis.ask(primary, ["FLUSHALL"]) }
    case .keyLost, .keySpoilt: spoil(primary, planned)
    case .sentinelKilled:
      let sentinel = redis.sentinels[planned.target % redis.sentinels.count]
      sentinel.kill()
      try await last(planned)
      try sentinel.start()
    case .slotMoved:
      try await redis.moveSlot(of: "{chaos:\(upstreams[planned.target % upstreams.count])}")
    case .failOverAsked: try await redis.failOver(from: primary)
    case .nodeKilled, .nodeEnded, .nodePaused, .nodeWithoutRedis, .nodeWithoutPeers: break
    }
  }

  private func disturb(_ way: Way, _ state: Way.State, _ planned: PlannedFault) async throws {
    way.become(state)
    defer { way.become(.open) }
    try await last(planned)
  }

  private func spoil(_ server: Int, _ planned: PlannedFault) {
    let keys = (redis.ask(server, ["KEYS", "quorate:*"])?.list ?? []).compactMap(\.text).sorted()
    guard !keys.isEmpty else { return }
    let key = keys[planned.target % keys.count]
    say("  \(key)")
    redis.ask(server, ["DEL", key])
    if planned.fault == .keySpoilt { redis.ask(server, ["SET", key, "garbage"]) }
  }
}
