import Addresses
import Ledger
import Redis
import RedisLedger
import RedisTestServer

/// Three nodes on a redis-server of their own.
struct Cluster: Sendable {
  static let namespace = "bench"

  let server: RedisServer
  let client: RedisClient
  let ledger: any LedgerStore
  let nodes: [Node]
  private let folder: TemporaryFolder

  init(upstreams: String) async throws {
    folder = try TemporaryFolder()
    server = try await RedisServer()
    client = RedisClient(RedisSettings(.unix(path: server.socket)))
    ledger = RedisLedger(client, namespace: Self.namespace) { _ in }
    var nodes: [Node] = []
    for name in ["a", "b", "c"] {
      nodes.append(try await Node(name, redis: server.socket, upstreams: upstreams, in: folder))
    }
    self.nodes = nodes
  }

  func end() async {
    for node in nodes { node.end() }
    await client.close()
    server.stop()
  }

  func redisUsage() async throws -> RedisUsage {
    try await RedisUsage(client, process: server.processID)
  }
}
