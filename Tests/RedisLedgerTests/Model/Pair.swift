import LedgerTestKit
import Redis
import RedisTestServer

/// Two redis-servers, either of which can be the other's replica.
struct Pair: Sendable {
  let servers: [RedisServer]
  let clients: [RedisClient]
  private let ports: [Int]

  init() async throws {
    var servers: [RedisServer] = []
    var clients: [RedisClient] = []
    var ports: [Int] = []
    for _ in 0..<2 {
      // By way of a file: a replica that is fed directly begins to follow only when its next second comes. The end of
      // the process that writes the file is looked for `hz` times in a second.
      let server = try await RedisServer(["--bind", "127.0.0.1", "--repl-diskless-sync", "no", "--hz", "100"])
      let client = RedisClient.patient(with: server)
      ports.append(try await Self.listen(client))
      servers.append(server)
      clients.append(client)
    }
    (self.servers, self.clients, self.ports) = (servers, clients, ports)
  }

  /// Replication wants a port. Another process may take a free one in between: then another is found.
  private static func listen(_ client: RedisClient) async throws -> Int {
    var port = try FreePort.find()
    var attempts = 1
    while true {
      do {
        _ = try await client.send(RedisCommand("CONFIG", "SET", "port", "\(port)"))
        return port
      } catch {
        guard attempts < 10 else { throw error }
        attempts += 1
        port = try FreePort.find()
      }
    }
  }

  func stop() { for server in servers { server.stop() } }

  /// Both stand alone and hold nothing.
  func clear() async throws {
    for client in clients { _ = try await client.send(RedisCommand("REPLICAOF", "NO", "ONE")) }
    for client in clients { _ = try await client.send(RedisCommand("FLUSHALL")) }
  }

  /// The other one becomes a replica of `primary`, and forgets what it holds. Returns when it has everything.
  func follow(_ primary: Int) async throws {
    _ = try await clients[1 - primary].send(RedisCommand("REPLICAOF", "127.0.0.1", "\(ports[primary])"))
    try await catchUp(with: primary)
  }

  /// Returns when the replica has all that was written.
  func catchUp(with primary: Int) async throws {
    // Redis asks its replicas once for each WAIT, and not those that come later.
    while try await clients[primary].send(RedisCommand("WAIT", "1", "10")).integer != 1 {}
  }

  /// The replica stays what it is, and hears nothing more.
  func cutOff(from primary: Int) async throws {
    // Nobody listens on this port.
    _ = try await clients[1 - primary].send(RedisCommand("REPLICAOF", "127.0.0.1", "1"))
  }

  /// From now on it takes writes.
  func promote(_ replica: Int) async throws {
    _ = try await clients[replica].send(RedisCommand("REPLICAOF", "NO", "ONE"))
  }
}
