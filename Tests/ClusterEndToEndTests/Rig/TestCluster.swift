import Addresses
import Backends
import Glibc
import Health
import Ledger
import Redis
import RedisLedger
import RedisTestServer
import TestServers

/// Several `quorate serve` on one Redis, with short times so that nobody waits for long.
final class TestCluster: Sendable {
  static let heartbeatMs = 200
  static let expiryMs = 2000
  static let leaseMs = 2000
  static let namespace = "test"
  static let foo = UpstreamName("foo.com").unsafelyKnown

  /// A redis-server alone, or one of several.
  let redis: RedisServer
  /// How the nodes are told where it is.
  let url: String
  let client: RedisClient
  let store: RedisLedger
  let folder: TestFolder
  let feed: ClusterFeed
  private let running = Watched<[String: QuorateServer]>([:])

  convenience init(release: RedisRelease = .redis70) async throws {
    let redis = try await RedisServer(release: release)
    try self.init(redis, url: "unix://\(redis.socket)")
  }

  init(_ redis: RedisServer, url: String) throws {
    self.redis = redis
    self.url = url
    var settings = RedisSettings(try RedisURL(url))
    settings.limits.commandDeadline = .seconds(5)
    client = RedisClient(settings)
    store = RedisLedger(client, namespace: Self.namespace) { _ in }
    folder = try TestFolder()
    feed = ClusterFeed(store)
  }

  deinit { feed.end() }

  /// Settings for one upstream `foo.com`.
  static func upstream(_ peers: [String], probers: Int = 3, interval: String = "200ms", more: String = "")
    -> String
  {
    """
    upstreams:
      - upstream: foo.com
        type: http
        http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
        valid_statuses: [200]
        interval: \(interval)
        timeout: 500ms
        fall: 3
        rise: 2
        probers: \(probers)
        peers: [\(peers.map { "\"\($0)\"" }.joined(separator: ", "))]
    \(more)
    """
  }

  // MARK: Nodes

  /// Serves when this returns; it has not settled yet.
  @discardableResult
  func start(_ name: String, _ upstreams: String, redis url: String? = nil) async throws -> QuorateServer {
    let server = try await QuorateServer(["--config", try file(name, upstreams, redis: url)])
    running.change { $0[name] = server }
    return server
  }

  /// The settings file of a node, as it is to be from now on.
  func file(_ name: String, _ upstreams: String, redis url: String? = nil) throws -> String {
    try folder.write(
      "\(name).yaml",
      """
      namespace: \(Self.namespace)
      node: \(name)
      listen: 127.0.0.1:0
      redis: \(url ?? self.url)
      heartbeat: \(Self.heartbeatMs)ms
      member_expiry: \(Self.expiryMs)ms
      lease: \(Self.leaseMs)ms
      \(upstreams)
      """)
  }

  func node(_ name: String) throws -> QuorateServer {
    guard let node = running.value[name] else { throw TestServerError("no node \(name)") }
    return node
  }

  var nodes: [QuorateServer] { running.value.sorted { $0.key < $1.key }.map(\.value) }

  func kill(_ name: String) async throws {
    _ = await (try node(name)).process.stop(with: SIGKILL)
    running.change { $0[name] = nil }
  }

  func end() async {
    for node in nodes { await node.end() }
  }

  /// Each peer is probed by exactly so many of these nodes, as they report it.
  func areProbed(_ peers: [String], by count: Int, of nodes: [String]) async throws -> Bool {
    try await eventually {
      let members = try await self.store.members()
      let reportsByNode = try await self.store.reports(of: Self.foo, by: nodes).filter { node, nodeReports in
        members.contains { $0.node == node && $0.run == nodeReports.run }
      }
      return peers.allSatisfy { peer in
        reportsByNode.values.count { $0.reports[PeerName(peer)] != nil } == count
      }
    }
  }

  func leader() async throws -> String? {
    try await store.headReadings(of: [Self.foo])[Self.foo]?.lease?.holder.node
  }

  /// Who leads, as soon as somebody does who is wanted.
  func leader(where isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    let found = Watched<String?>(nil)
    let isFound = try await eventually {
      guard let leader = try await self.leader(), isWanted(leader) else { return false }
      found.change { $0 = leader }
      return true
    }
    guard isFound, let leader = found.value else { throw TestServerError("nobody leads") }
    return leader
  }

  /// All nodes show the peers like this on lua-resty's page.
  func allShow(_ peer: String, _ state: String) async throws -> Bool {
    for node in nodes {
      let answer = try await HttpClient.get("/status", port: node.port, within: .seconds(30)) {
        $0.body.contains("        \(peer) \(state)\n")
      }
      guard answer.body.contains("        \(peer) \(state)\n") else { return false }
    }
    return true
  }

  func command(_ words: String...) async throws -> RedisReply {
    try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }

  /// The last lines of all nodes, for who has to find out.
  var logs: String {
    running.value.sorted { $0.key < $1.key }.map { name, node in
      node.log.split(separator: "\n").suffix(15).map { "\(name) \($0)" }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Longer than a node takes to settle.
  static let settlingMs = expiryMs + 2 * heartbeatMs
}

/// For what no event tells: asks again and again until it is so; false: it was not in time.
func eventually(
  within limit: Duration = .seconds(40), _ isSo: @escaping @Sendable () async throws -> Bool
) async throws -> Bool {
  let end = ContinuousClock.now + limit
  let pace = Watched(())
  while true {
    if (try? await isSo()) == true { return true }
    if ContinuousClock.now > end { return try await isSo() }
    await pause(pace, .milliseconds(30))
  }
}

/// Lets time pass in which nothing is to happen.
func quiet(_ time: Duration) async { await pause(Watched(()), time) }

private func pause(_ never: Watched<Void>, _ time: Duration) async {
  _ = await never.first(within: time) { _ in nil as Bool? }
}

extension UpstreamName? {
  /// Of names written in the tests.
  var unsafelyKnown: UpstreamName {
    guard let self else { preconditionFailure("a name in a test is not valid") }
    return self
  }
}
