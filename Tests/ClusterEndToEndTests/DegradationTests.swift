import Addresses
import Backends
import FoundationEssentials
import Glibc
import Redis
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// A Redis that is there and does not do what it should, for a while: nothing turns, nobody ends, it is said once when it
  /// begins and once when it is over, and then everybody is in step.
  @Suite(.serialized) struct DegradationTests {
    private static let names = ["a", "b", "c"]

    private struct Degradation: Sendable {
      var name: String
      /// As the metric names it; nil: nothing is refused.
      var kind: String?
      var begin: @Sendable (TestCluster) async throws -> Void
      var end: @Sendable (TestCluster) async throws -> Void
    }

    private static let all = [
      Degradation(name: "out of memory", kind: "out_of_memory") {
        try await $0.tell("CONFIG", "SET", "maxmemory", "1")
      } end: {
        try await $0.tell("CONFIG", "SET", "maxmemory", "0")
      },
      Degradation(name: "a replica", kind: "read_only") {
        try await $0.tell("REPLICAOF", "127.0.0.1", "1")
      } end: {
        try await $0.tell("REPLICAOF", "NO", "ONE")
      },
      Degradation(name: "too few replicas", kind: "no_replicas") {
        try await $0.tell("CONFIG", "SET", "min-replicas-to-write", "1")
      } end: {
        try await $0.tell("CONFIG", "SET", "min-replicas-to-write", "0")
      },
      Degradation(name: "it cannot save", kind: "misconfigured") { cluster in
        #expect(mkdir(cluster.redis.folder.file("dump.rdb"), 0o700) == 0)
        try await cluster.tell("CONFIG", "SET", "save", "3600 1000000")
        try await cluster.tell("BGSAVE")
      } end: { cluster in
        try await cluster.tell("CONFIG", "SET", "save", "")
        #expect(rmdir(cluster.redis.folder.file("dump.rdb")) == 0)
      },
      Degradation(name: "somebody's script occupies it", kind: "busy") { cluster in
        try await cluster.tell("CONFIG", "SET", "busy-reply-threshold", "100")
        let other = RedisClient(RedisSettings(.unix(path: cluster.redis.socket)))
        _ = try? await other.send(
          RedisCommand("EVAL", "while true do end", "0"), deadline: .milliseconds(300))
        await other.close()
      } end: { cluster in
        let isOver = try await eventually {
          _ = try? await cluster.command("SCRIPT", "KILL")
          return try await cluster.command("PING").string == "PONG"
        }
        #expect(isOver)
      },
      Degradation(name: "it reads its data", kind: "loading") { cluster in
        try await cluster.tell("DEBUG", "POPULATE", "3000")
        try await cluster.tell("CONFIG", "SET", "key-load-delay", "1000")
        try await cluster.tell("CONFIG", "SET", "loading-process-events-interval-bytes", "1024")
        let other = RedisClient(RedisSettings(.unix(path: cluster.redis.socket)))
        _ = try? await other.send(RedisCommand("DEBUG", "RELOAD"), deadline: .milliseconds(300))
        await other.close()
      } end: { cluster in
        let isOver = try await eventually { try await cluster.command("PING").string == "PONG" }
        #expect(isOver)
        try await cluster.tell("CONFIG", "SET", "key-load-delay", "0")
      },
      Degradation(name: "it has as many clients as it takes", kind: "unreachable") { cluster in
        let list = try await cluster.command("CLIENT", "LIST").string ?? ""
        let ids = list.split(separator: "\n").filter { $0.contains(" name=quorate-") }
          .compactMap { $0.split(separator: " ").first?.dropFirst("id=".count) }
        try await cluster.tell("CONFIG", "SET", "maxclients", "1")
        for id in ids { try await cluster.tell("CLIENT", "KILL", "ID", String(id)) }
      } end: {
        try await $0.tell("CONFIG", "SET", "maxclients", "10000")
      },
      Degradation(name: "it evicts what it likes", kind: nil) { cluster in
        let info = try await cluster.command("INFO", "memory").string ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") } ?? ""
        let used = try #require(Int(line.dropFirst("used_memory:".count)))
        let before = try await cluster.command("DBSIZE").integer ?? 0
        try await cluster.tell("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        try await cluster.tell("CONFIG", "SET", "maxmemory", "\(used - 200_000)")
        let isEvicting = try await eventually {
          (try await cluster.command("DBSIZE").integer ?? before) < before
        }
        #expect(isEvicting)
      } end: { cluster in
        try await cluster.tell("CONFIG", "SET", "maxmemory", "0")
        try await cluster.tell("CONFIG", "SET", "maxmemory-policy", "noeviction")
        try await cluster.tell(
          "EVAL", "for _, k in ipairs(redis.call('KEYS', 'key:*')) do redis.call('DEL', k) end", "0")
      },
    ]

    /// In two parts: a node says no more than six such lines a minute.
    @Test(arguments: [0, 1]) func nothingTurnsAndEverythingIsSaidOnce(part: Int) async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      for name in Self.names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      for (place, degradation) in Self.all.enumerated() where place % 2 == part {
        try await Self.live(degradation, cluster)
      }
      #expect(cluster.feed.now.transitions.count == 1, "\(cluster.feed.now.transitions)")
      for peer in peers { #expect(try await cluster.allShow(peer, peer == peers[0] ? "DOWN" : "UP")) }
      await backends[1].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 2 }, "\(cluster.logs)")
      await cluster.end()
    }

    private static func live(_ degradation: Degradation, _ cluster: TestCluster) async throws {
      let starts = cluster.nodes.map(\.logEnd)
      try await degradation.begin(cluster)
      if let kind = degradation.kind {
        for node in cluster.nodes {
          let told = try await HttpClient.get("/metrics", port: node.port, within: .seconds(20)) {
            $0.body.contains("kind=\"\(kind)\"} 1\n")
          }
          #expect(
            told.body.contains("kind=\"\(kind)\"} 1\n"), "\(degradation.name): \(node.log.suffix(2000))")
        }
      }
      // Longer than a node takes to say that it has no contact.
      await quiet(.seconds(2))
      try await degradation.end(cluster)
      for (node, start) in zip(cluster.nodes, starts) {
        let ready = try await HttpClient.get("/readyz", port: node.port, within: .seconds(30)) {
          $0.body.contains("\"stale\":false") && $0.body.contains("\"trouble\":[]")
        }
        #expect(ready.body.contains("\"trouble\":[]"), "\(degradation.name): \(ready.body)")
        #expect(node.process.state.value.end == nil, "\(degradation.name)")
        guard degradation.kind != nil else { continue }
        let lines = node.process.state.value.error.whole.dropFirst(start)
        let begins = lines.filter {
          $0.contains("no contact with the ledger") || $0.contains("the ledger answers, but")
        }
        let ends = lines.filter {
          $0.contains("the ledger is reached again") || $0.contains("the ledger answers to everything")
        }
        // The reason may become another while it lasts: first nobody answers, then it says why.
        #expect(
          (1...3).contains(begins.count), "\(degradation.name): \(lines.joined(separator: "; ").suffix(3000))"
        )
        #expect((1...2).contains(ends.count), "\(degradation.name): \(ends)")
      }
    }
  }
}

extension TestCluster {
  /// A command whose answer does not matter.
  fileprivate func tell(_ words: String...) async throws {
    _ = try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }
}
