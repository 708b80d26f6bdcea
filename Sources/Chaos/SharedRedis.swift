import RedisTestServer

/// Redis as the nodes share it: every server by a way that can be disturbed.
struct SharedRedis: Sendable {
  private enum Kind: Sendable {
    case sentinel(SentinelSet)
    case cluster(RedisClusterSet)
  }

  private let kind: Kind
  /// To each server, in the same order.
  let ways: [Way]

  /// Returns when it is whole.
  init(asCluster isCluster: Bool) async throws {
    let ways = Ways()
    kind =
      isCluster
      ? .cluster(try await RedisClusterSet { try await ways.add(to: $0) })
      : .sentinel(try await SentinelSet { try await ways.add(to: $0) })
    self.ways = await ways.all
  }

  private actor Ways {
    private(set) var all: [Way] = []

    func add(to port: Int) async throws -> Int {
      let way = try await Way(at: try FreePort.findToKeep(), to: port)
      all.append(way)
      return way.port
    }
  }

  /// As nodes are told.
  var url: String {
    switch kind {
    case .sentinel(let set):
      "redis+sentinel://\(set.sentinelPorts.map { "127.0.0.1:\($0)" }.joined(separator: ","))/\(SentinelSet.master)"
    case .cluster: "redis+cluster://\(ways.prefix(3).map { "127.0.0.1:\($0.port)" }.joined(separator: ","))"
    }
  }

  /// Those that nodes go to.
  var ports: [Int] {
    switch kind {
    case .sentinel(let set): ways.map(\.port) + set.sentinelPorts
    case .cluster: ways.map(\.port)
    }
  }

  var servers: [RedisServer] {
    switch kind {
    case .sentinel(let set): set.members.map(\.server)
    case .cluster(let set): set.members.map(\.server)
    }
  }

  var sentinels: [SentinelServer] {
    if case .sentinel(let set) = kind { set.sentinels } else { [] }
  }

  /// Nil: there is no answer.
  @discardableResult
  func ask(_ server: Int, _ words: [String]) -> TestAnswer? {
    try? TestQuestion.ask(words, socket: servers[server].socket)
  }

  /// Asks all that answer.
  func askAll(_ words: String...) { for server in servers.indices { ask(server, words) } }

  // MARK: Roles

  /// Servers that say of themselves that they are primaries, and are held to be.
  var primaries: [Int] {
    switch kind {
    case .sentinel(let set): set.primary.map { [$0] } ?? []
    case .cluster:
      servers.indices.filter { server in
        let nodes = ask(server, ["CLUSTER", "NODES"])?.text?.split(separator: "\n") ?? []
        let own = nodes.first { $0.contains("myself") }?.split(separator: " ") ?? []
        return own.count > 8 && own[2].contains("master")
      }
    }
  }

  /// Returns when another server than this one has what it had.
  func hasAnother(than server: Int) async throws {
    switch kind {
    case .sentinel(let set): _ = try await set.primary(after: server)
    case .cluster:
      try await TestQuestion.until("a replica takes over") {
        primaries.count == 3 && !primaries.contains(server)
      }
    }
  }

  /// Returns when every server has its role and what it should hold.
  func isWhole() async throws {
    try await TestQuestion.until("Redis is whole again", within: .seconds(90)) {
      let primaries = primaries
      guard primaries.count == (isCluster ? 3 : 1) else { return false }
      return servers.indices.allSatisfy { server in
        if primaries.contains(server) { return !isCluster || isUp(server) }
        let role = ask(server, ["ROLE"])?.list ?? []
        return role.first?.text == "slave" && role.dropFirst(3).first?.text == "connected"
      }
    }
  }

  var isCluster: Bool { if case .cluster = kind { true } else { false } }

  private func isUp(_ server: Int) -> Bool {
    ask(server, ["CLUSTER", "INFO"])?.text?.contains("cluster_state:ok") == true
  }

  /// Moves the slot of a key, with what lives in it, to another primary.
  func moveSlot(of key: String) async throws {
    guard case .cluster(let set) = kind else { return }
    let slot = try set.slot(of: key)
    guard let owner = set.owner(of: slot), let target = primaries.first(where: { $0 != owner }) else {
      return
    }
    try set.beginMoving(slot: slot, to: target)
    while try set.moveKeys(slot: slot, to: target, limit: 1) > 0 {}
    try set.finishMoving(slot: slot, to: target)
  }

  /// Makes a replica of a server take over, in order.
  func failOver(from server: Int) async throws {
    guard case .cluster = kind,
      let replica = servers.indices.first(where: { isReplica($0, of: server) })
    else { return }
    ask(replica, ["CLUSTER", "FAILOVER"])
    try await hasAnother(than: server)
  }

  private func isReplica(_ server: Int, of primary: Int) -> Bool {
    let role = ask(server, ["ROLE"])?.list ?? []
    return role.first?.text == "slave" && role.dropFirst(2).first?.integer == ways[primary].port
  }
}
