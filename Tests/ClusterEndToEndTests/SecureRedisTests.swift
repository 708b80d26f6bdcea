import Addresses
import Backends
import Glibc
import Redis
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Nodes and commands whose Redis takes TLS alone.
  @Suite(.serialized) struct SecureRedisTests {
    private static func server(
      _ authority: Authority, _ names: [String] = ["IP:127.0.0.1"], clients: Bool = false
    ) async throws -> (redis: SecureRedis, own: Authority.Issued) {
      let own = try await authority.issue(names)
      let redis = try await SecureRedis(
        certificate: own.certificate, key: own.key, clients: clients ? authority.ca : nil)
      return (redis, own)
    }

    /// Requests, what is much, and the channels: each connection comes through TLS, and so does a command's.
    @Test func allConnectionsAreSecured() async throws {
      let authority = try await Authority()
      let (redis, own) = try await Self.server(authority, clients: true)
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let url =
        "rediss://127.0.0.1:\(redis.port)/0?ca=\(authority.ca)&cert=\(own.certificate)&key=\(own.key)"
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", url, "--node", "a", "--listen", "127.0.0.1:0",
      ])
      let ready = try await HttpClient.get("/readyz", port: node.port, within: .seconds(20)) {
        $0.status == 200
      }
      #expect(ready.status == 200 && ready.body.contains("\"trouble\":[]"), "\(ready.body)")
      let admin = RedisClient(RedisSettings(.unix(path: redis.server.socket)))
      let isThere = try await eventually {
        let list = try await admin.send(RedisCommand("CLIENT", "LIST")).string ?? ""
        let ours = list.split(separator: "\n").filter { $0.contains("laddr=127.0.0.1:\(redis.port) ") }
        return ["quorate-a ", "quorate-a-bulk "].allSatisfy { name in
          ours.contains { $0.contains("name=\(name)") }
        } && ours.contains { $0.contains(" psub=1 ") }
      }
      let list = try await admin.send(RedisCommand("CLIENT", "LIST")).string ?? ""
      #expect(isThere, "\(list)")
      let status = try await QuorateServer.run(["status", "--redis", url])
      #expect(status.end == .exit(0) && status.output.contains(backend.peer), "\(status)")
      let bare = try await QuorateServer.run([
        "status", "--redis", "rediss://127.0.0.1:\(redis.port)/0?ca=\(authority.ca)",
      ])
      #expect(bare.end == .exit(1), "\(bare)")
      #expect(
        bare.error.hasPrefix(
          "quorate: no secure connection to Redis: 127.0.0.1:\(redis.port): the server wants a client certificate;"
        ), "\(bare)")
      #expect(bare.error.contains("rediss://HOST/?ca=FILE") && bare.error.split(separator: "\n").count == 1)
      await node.end()
    }

    /// In the log, by `/readyz`, in the metrics, on the page.
    @Test func theReasonIsTold() async throws {
      let authority = try await Authority()
      let (redis, _) = try await Self.server(authority, ["DNS:redis.internal"])
      try await TroubleTests.expect(
        "tls", "127.0.0.1:\(redis.port): certificate is for redis.internal, not 127.0.0.1",
        at: "rediss://127.0.0.1:\(redis.port)?ca=\(authority.ca)")
    }

    /// Sentinels and servers have a certificate and a user each, by the lines that `quorate redis acl` prints.
    @Test func sentinelsAreAskedThroughTLS() async throws {
      let authority = try await Authority()
      let (redis, own) = try await Self.server(authority)
      let folder = try TestFolder()
      let admin = RedisClient(RedisSettings(.unix(path: redis.server.socket)))
      let line = AccessRules(.node, namespace: "default").line(user: "node", password: ">nodes")
      let words = line.split(separator: " ").map(String.init)
      _ = try await admin.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
      let port = try FreePort.find()
      let rules = AccessRules(.sentinel, namespace: "default").rules.joined(separator: " ")
      let file = try folder.write(
        "sentinel.conf",
        """
        port 0
        tls-port \(port)
        bind 127.0.0.1
        dir \(folder.path)
        tls-cert-file \(own.certificate)
        tls-key-file \(own.key)
        tls-ca-cert-file \(authority.ca)
        tls-auth-clients no
        tls-replication yes
        user watcher on >watchers \(rules)
        user default off
        sentinel monitor m 127.0.0.1 \(redis.port) 1

        """)
      let sentinel = try ChildProcess(["redis-server", file, "--sentinel"])
      try await sentinel.says("+monitor master m")
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let login = try folder.write("login", "nodes\n")
      let sentinelLogin = try folder.write("sentinel-login", "watchers\n")
      let url =
        "rediss+sentinel://node:@127.0.0.1:\(port)/m?ca=\(authority.ca)&password-file=\(login)"
        + "&sentinel-user=watcher&sentinel-password-file=\(sentinelLogin)"
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", url, "--node", "a", "--listen", "127.0.0.1:0",
      ])
      let ready = try await HttpClient.get("/readyz", port: node.port, within: .seconds(20)) {
        $0.status == 200
      }
      #expect(ready.status == 200 && ready.body.contains("\"trouble\":[]"), "\(node.log)")
      let isHeard = try await eventually {
        let list = try await admin.send(RedisCommand("CLIENT", "LIST")).string ?? ""
        return list.split(separator: "\n").contains { $0.contains("user=node") && $0.contains(" psub=1 ") }
      }
      #expect(isHeard)
      let status = try await QuorateServer.run(["status", "--redis", url])
      #expect(status.end == .exit(0) && status.output.contains(backend.peer), "\(status)")
      #expect(!node.log.contains("NOPERM") && !node.log.contains("watchers"), "\(node.log)")
      let named = try await QuorateServer.run(["status", "--redis", url + "&server_name=other"])
      #expect(
        named.end == .exit(1) && named.error.contains("certificate is for 127.0.0.1, not other"), "\(named)")
      await node.end()
      sentinel.end()
    }

    /// The authority is changed under a node that runs.
    @Test func filesAreReadAgain() async throws {
      let authority = try await Authority()
      let stranger = try await Authority()
      let (redis, _) = try await Self.server(authority)
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let folder = try TestFolder()
      func trust(_ authority: Authority) throws {
        try folder.write("ca.pem", try String(contentsOf: authority.ca))
      }
      try trust(stranger)
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", "rediss://127.0.0.1:\(redis.port)?ca=\(folder.path)/ca.pem",
        "--node", "a", "--listen", "127.0.0.1:0",
      ])
      try await node.logged("unknown issuer")
      try trust(authority)
      try await node.logged("the ledger is reached again")
      try trust(stranger)
      // What is connected stays so.
      let admin = RedisClient(RedisSettings(.unix(path: redis.server.socket)))
      let start = node.logEnd
      _ = try await admin.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal"))
      try await node.logged("unknown issuer", from: start)
      try trust(authority)
      try await node.logged("the ledger is reached again", from: start)
      await node.end()
    }
  }
}

extension String {
  fileprivate init(contentsOf path: String) throws {
    guard let file = fopen(path, "r") else { throw TestServers.TestServerError("\(path) cannot be read") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = fread(&bytes, 1, bytes.count, file)
    self = String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
