import Addresses
import Backends
import Health
import Ledger
import Redis
import RedisLedger
import RedisTestServer
import TestServers

/// A second redis-server beside a cluster's own, that can follow it and take over.
///
/// Each node has an address of its own, a link to a socket, so that single nodes can be moved to the other server while
/// the rest stays.
final class Replica: Sendable {
  let server: RedisServer
  let client: RedisClient
  let store: RedisLedger
  private let cluster: TestCluster

  init(beside cluster: TestCluster) async throws {
    self.cluster = cluster
    // By way of a file: a replica that is fed directly begins to follow only when its next second comes.
    server = try await RedisServer(["--repl-diskless-sync", "no", "--hz", "100"])
    var settings = RedisSettings(.unix(path: server.socket))
    settings.limits.commandDeadline = .seconds(5)
    client = RedisClient(settings)
    store = RedisLedger(client, namespace: TestCluster.namespace) { _ in }
    for name in ["repl-diskless-sync", "hz"] {
      _ = try await cluster.command("CONFIG", "SET", name, name == "hz" ? "100" : "no")
    }
  }

  // MARK: Addresses of nodes

  /// The address of a node's own, which leads to the cluster's server.
  func address(of node: String) async throws -> String {
    try await lead(node, to: cluster.redis)
    return "unix://\(link(of: node))"
  }

  private func link(of node: String) -> String { "\(cluster.folder.path)/\(node).redis" }

  private func lead(_ node: String, to server: RedisServer) async throws {
    // In one step, so that nobody finds nothing there.
    for (program, words) in [
      ("ln", ["-s", server.socket, link(of: node) + ".new"]),
      ("mv", ["-T", link(of: node) + ".new", link(of: node)]),
    ] {
      let child = try Child(program, words)
      guard await child.end(within: .seconds(20)) == .exit(0) else {
        throw TestServerError(child.state.value.error.text)
      }
    }
  }

  /// From now on these nodes talk to this server; all others are connected anew to the one that they talked to.
  func take(_ nodes: [String]) async throws {
    for node in nodes { try await lead(node, to: server) }
    for kind in ["normal", "pubsub"] { _ = try await cluster.command("CLIENT", "KILL", "TYPE", kind) }
  }

  // MARK: Roles

  /// Returns when it holds what the cluster's own server does.
  func follow() async throws {
    let port = try await Self.listen(cluster.client)
    _ = try await client.send(RedisCommand("REPLICAOF", "127.0.0.1", "\(port)"))
    while try await cluster.command("WAIT", "1", "10").integer != 1 {}
  }

  /// It hears nothing more, and takes no writes yet.
  func fallBehind() async throws {
    // Nobody listens on this port.
    _ = try await client.send(RedisCommand("REPLICAOF", "127.0.0.1", "1"))
  }

  func takeOver() async throws { _ = try await client.send(RedisCommand("REPLICAOF", "NO", "ONE")) }

  /// The cluster's own server follows it, and forgets what it holds.
  func depose() async throws {
    let port = try await Self.listen(client)
    _ = try await cluster.command("REPLICAOF", "127.0.0.1", "\(port)")
  }

  /// Replication wants a port. Another process may take a free one in between: then another is found.
  private static func listen(_ client: RedisClient) async throws -> Int {
    var attempts = 1
    while true {
      let port = try FreePort.find()
      do {
        _ = try await client.send(RedisCommand("CONFIG", "SET", "port", "\(port)"))
        return port
      } catch {
        guard attempts < 10 else { throw error }
        attempts += 1
      }
    }
  }
}
