import Addresses
import Backends
import Glibc
import Redis
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// A node whose ledger does not do what it should, from the start on: everybody who looks learns the reason.
  @Suite(.serialized) struct TroubleTests {
    private static let secret = "tr0ub4dor"

    struct Case: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var kind: String
      /// What is to be read in the reason.
      var reason: String
      var options: [String] = []
      /// Told to the server before the node starts.
      var commands: [[String]] = []
      /// In front of the socket's path, in the URL.
      var login = ""
      /// Behind it.
      var query = ""
    }

    private static func user(_ rules: String...) -> [String] {
      ["ACL", "SETUSER", "u", "on", ">" + secret, "resetchannels", "&*"] + rules
    }

    static let cases = [
      Case(
        testDescription: "a wrong password", kind: "refused", reason: "WRONGPASS",
        options: ["--requirepass", "other"], login: ":\(secret)@"),
      Case(
        testDescription: "no password", kind: "refused", reason: "NOAUTH",
        options: ["--requirepass", Self.secret]),
      Case(
        testDescription: "a password file that is not there", kind: "refused", reason: "/none",
        query: "?password-file=/none"),
      Case(
        testDescription: "no such database", kind: "other", reason: "DB index is out of range",
        query: "?database=99"),
      Case(
        testDescription: "only reading is permitted", kind: "no_permission", reason: "may not run HSET",
        commands: [user("~*", "+@all", "-hset")], login: "u:\(secret)@"),
      Case(
        testDescription: "no scripts are permitted", kind: "no_permission", reason: "'evalsha'",
        commands: [user("~*", "+@all", "-@scripting")], login: "u:\(secret)@"),
      Case(
        testDescription: "other keys are permitted", kind: "no_permission", reason: "~quorate:{default}:*",
        commands: [user("~other:*", "+@all")], login: "u:\(secret)@"),
      Case(
        testDescription: "a replica", kind: "read_only", reason: "replica",
        options: ["--replicaof", "127.0.0.1", "1"]),
      Case(
        testDescription: "out of memory", kind: "out_of_memory", reason: "out of memory",
        options: ["--maxmemory", "1"]),
      Case(
        testDescription: "too few replicas", kind: "no_replicas", reason: "too few replicas",
        options: ["--min-replicas-to-write", "1"]),
      Case(
        testDescription: "it cannot save", kind: "misconfigured", reason: "cannot save",
        commands: [["CONFIG", "SET", "save", "3600 1000000"], ["SET", "k", "v"], ["BGSAVE"]]),
    ]

    private static func client(_ redis: RedisServer, _ options: [String]) -> RedisClient {
      var settings = RedisSettings(.unix(path: redis.socket))
      if options.first == "--requirepass" { settings.password = .text(options[1]) }
      settings.limits.commandDeadline = .seconds(20)
      return RedisClient(settings)
    }

    @Test(arguments: cases) func theReasonIsToldAtTheStart(_ sample: Case) async throws {
      let redis = try await RedisServer(sample.options)
      if sample.kind == "misconfigured" { #expect(mkdir(redis.folder.file("dump.rdb"), 0o700) == 0) }
      let admin = Self.client(redis, sample.options)
      for command in sample.commands {
        _ = try await admin.send(RedisCommand(command[0], arguments: Array(command.dropFirst())))
      }
      if sample.kind == "misconfigured" {
        #expect(
          try await eventually {
            let info = try await admin.send(RedisCommand("INFO", "persistence")).string ?? ""
            return info.contains("rdb_last_bgsave_status:err")
          })
      }
      try await Self.expect(
        sample.kind, sample.reason, at: "unix://\(sample.login)\(redis.socket)\(sample.query)")
    }

    @Test func nobodyListens() async throws {
      let port = try FreePort.find()
      try await Self.expect(
        "unreachable", "127.0.0.1:\(port): connection refused", at: "redis://127.0.0.1:\(port)/0")
    }

    @Test func itIsNoRedisServer() async throws {
      let other = try Backend(.atOnce("SSH-2.0-OpenSSH_9.2\r\n"))
      defer { other.stop() }
      try await Self.expect("unreachable", "not from a Redis server", at: "redis://\(other.peer)")
    }

    @Test func itSaysNothing() async throws {
      let silent = try Backend(.silent)
      defer { silent.stop() }
      try await Self.expect("unreachable", "\(silent.peer) does not answer", at: "redis://\(silent.peer)")
    }

    /// It answers the handshake, a node info and a heartbeat.
    @Test func anotherServerHasTheSlot() async throws {
      let moved = "-MOVED 3999 127.0.0.1:6381\r\n"
      let cluster = try Backend(
        Behavior(["+OK\r\n", moved, moved].flatMap { [.pause(200), .send(Array($0.utf8))] } + [.hold]))
      defer { cluster.stop() }
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", "redis://\(cluster.peer)", "--listen", "127.0.0.1:0",
      ])
      try await node.logged("no contact with the ledger: this Redis server is one of a Redis Cluster")
      await node.end()
    }

    /// The node says it in its log, and to everybody who asks; it says what follows from it, and no secret.
    static func expect(_ kind: String, _ reason: String, at url: String) async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", url, "--node", "a", "--listen", "127.0.0.1:0",
      ])
      // The very first try may have been over before the server had time to say more.
      #expect(
        await node.process.line(with: reason, within: .seconds(20)) != nil, "\(node.log)")
      let lines = node.log.split(separator: "\n").filter { $0.contains("no contact with the ledger") }
      #expect(
        lines.count <= 2 && lines.allSatisfy { $0.contains("there is no consensus yet") }, "\(node.log)")
      let sample = "quorate_ledger_trouble{area=\"contact\",kind=\"\(kind)\"} 1\n"
      let told = try await HttpClient.get("/metrics", port: node.port, within: .seconds(20)) {
        $0.body.contains(sample)
      }
      #expect(told.body.contains(sample), "\(node.log)")
      let ready = try await node.get("/readyz")
      #expect(ready.status == 503 && ready.body.contains("\"area\":\"contact\",\"kind\":\"\(kind)\""))
      var pages = [ready.body, told.body, node.log]
      for path in ["/api/v1/nodes", "/"] { pages.append(try await node.get(path).body) }
      let shown = reason.replacing("'", with: "&#39;")
      for page in [pages[0], pages[3], pages[4]] {
        #expect(page.contains(reason) || page.contains(shown), "\(page.prefix(3000))")
      }
      for page in pages { #expect(!page.contains(Self.secret)) }
      await node.end()
    }

    /// What is wrong changes, and then all is well: a line each, and nothing is left of it.
    @Test func eachChangeIsToldOnce() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let redis = try await RedisServer()
      redis.stop()
      let node = try await QuorateServer([
        "--peer", backend.peer, "--redis", "unix://\(redis.socket)", "--node", "a", "--listen", "127.0.0.1:0",
      ])
      try await node.logged("no contact with the ledger: Redis cannot be reached")
      try await redis.start(["--requirepass", Self.secret])
      try await node.logged("no contact with the ledger: no login to Redis: NOAUTH")
      redis.stop()
      try await redis.start()
      try await node.logged("the ledger is reached again")
      let well = try await HttpClient.get("/readyz", port: node.port, within: .seconds(20)) {
        $0.body.contains("\"trouble\":[]")
      }
      #expect(well.body.contains("\"trouble\":[]"))
      await node.end()
    }
  }
}
