import Backends
import Health
import Ledger
import Redis
import RedisLedger
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Nothing is repeated without a pause, nothing urgent waits behind what is much, and one upstream takes no other down.
  @Suite(.serialized) struct PaceTests {
    private static let names = ["a", "b", "c"]
    private static let head = "quorate:{test:foo.com}:head"
    private static let big = UpstreamName("big").unsafelyKnown

    /// How many scripts redis-server has run.
    private static func scripts(_ cluster: TestCluster) async throws -> Int {
      let text = try await cluster.command("INFO", "commandstats").string ?? ""
      let calls = text.split(separator: "\n").filter { $0.hasPrefix("cmdstat_eval") }.compactMap { line in
        line.split(separator: "=").dropFirst().first?.split(separator: ",").first.flatMap { Int($0) }
      }
      return calls.reduce(0, +)
    }

    enum Hand: String, CaseIterable, Sendable {
      case moves, loses

      var command: RedisCommand {
        switch self {
        case .moves: RedisCommand("HINCRBY", PaceTests.head, "seq", "1")
        case .loses: RedisCommand("DEL", PaceTests.head)
        }
      }
    }

    /// A strange hand is at the head all the time: whatever the leader writes is refused, or gone at once.
    @Test(arguments: Hand.allCases) func aStrangeHandIsNotRunAfter(_ hand: Hand) async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      for name in Self.names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))

      let before = try await Self.scripts(cluster)
      let begin = ContinuousClock.now
      var touches = 0
      while ContinuousClock.now - begin < .seconds(6) {
        _ = try? await cluster.client.send(hand.command)
        touches += 1
        // Something is there to be decided.
        if touches % 400 == 0 { await backends[0].behave(touches % 800 == 0 ? .ok : .refusing) }
        await quiet(.milliseconds(1))
      }
      let seconds = Double((ContinuousClock.now - begin).components.seconds)
      let asked = Double(try await Self.scripts(cluster) - before)
      // Fifteen heartbeats a second, two renewals, and what each node reads of a head that is another one each time.
      #expect(asked / seconds < 120, "\(asked) scripts in \(seconds) s, \(touches) touches")

      await backends[0].behave(.refusing)
      #expect(try await cluster.allShow(peers[0], "DOWN"), "\(cluster.logs)")
      await cluster.end()
    }

    // MARK: Many upstreams

    private static func upstreams(_ names: [String], _ peer: String) -> String {
      "upstreams:\n"
        + names.map { name in
          """
            - upstream: \(name)
              type: tcp
              interval: 5s
              probers: 3
              peers: ["\(peer)"]
          """
        }.joined(separator: "\n")
    }

    /// Every connection is cut at once: each node reads every upstream and the reports of all others again, and no heartbeat
    /// waits for that.
    @Test func whenEveryConnectionIsCutNoHeartbeatWaits() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let cluster = try await TestCluster()
      let upstreams = (0..<120).map { "u\($0)" }
      for name in Self.names { try await cluster.start(name, Self.upstreams(upstreams, backend.peer)) }
      let isReady = { @Sendable (node: QuorateServer) in
        let answer = try await node.get("/readyz")
        return answer.status == 200 && answer.body.contains("\"stale\":false")
      }
      for node in cluster.nodes { #expect(try await eventually { try await isReady(node) }) }
      #expect(
        try await eventually {
          let stand = try await cluster.store.headReadings(of: upstreams.compactMap { UpstreamName($0) })
          return stand.count == upstreams.count && stand.values.allSatisfy { $0.lease != nil }
        })
      let beats = { @Sendable in try await cluster.store.members().map(\.beat).reduce(0, +) }
      for _ in 0..<5 {
        _ = try await cluster.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        _ = try await cluster.command("CLIENT", "KILL", "TYPE", "pubsub")
        let before = try await beats()
        #expect(try await eventually { try await beats() >= before + 30 })
        for node in cluster.nodes { #expect(try await eventually { try await isReady(node) }) }
      }
      for node in cluster.nodes {
        #expect(!node.log.contains("more than 10000 commands"), "\(node.log.suffix(2000))")
      }
      // Nobody has lost the lead, or had to settle for long: what ends is decided.
      await backend.behave(.refusing)
      #expect(
        try await eventually {
          try await cluster.store.snapshot(of: UpstreamName("u7").unsafelyKnown)?.status.values.first == .down
        })
      await cluster.end()
    }

    // MARK: One that is too much

    /// An upstream that is no node's, as another cluster of the namespace would have written it.
    private static func write(_ peers: [PeerName], _ cluster: TestCluster) async throws {
      let bid = LeaseBid(upstream: big, node: "x", run: "x1", highestTerm: 0, forMs: 600_000)
      guard case .success(.granted(let lease, let head)) = await cluster.store.perform([.acquire(bid)])[0]
      else {
        throw TestServerError("no lease")
      }
      let definition = UpstreamDefinition(
        name: big, checker: Checker(kind: .tcp), peers: peers.map { PeerDefinition(name: $0, role: .primary) }
      )
      let commit = Commit(
        upstream: big, holder: lease.holder, id: "\(lease.holder.term).x1.1", expectedSeq: head.seq,
        changes: [.definition(digest: "d")], records: definition.peers.map { PeerRecord(assumed: $0) },
        definition: definition)
      guard case .success(.committed) = await cluster.store.perform([.commit(commit)])[0] else {
        throw TestServerError("no commit")
      }
    }

    private static func stale(_ node: QuorateServer, _ upstream: String) async throws -> Bool? {
      let answer = try await node.get("/api/v1/upstreams/\(upstream)")
      guard answer.status == 200 else { return nil }
      return answer.body.hasSuffix("\"stale\":true}") || answer.body.hasSuffix("\"stale\":true}\n")
    }

    /// 60,000 peers are shown as others are. When one field is more than a reply may be, that upstream is stale and says
    /// why; the other is fresh, and goes on.
    @Test func anUpstreamThatCannotBeReadTakesNoOtherDown() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let cluster = try await TestCluster()
      for name in Self.names { try await cluster.start(name, TestCluster.upstream([backend.peer])) }
      #expect(try await cluster.areProbed([backend.peer], by: 3, of: Self.names))
      let peers = (0..<60_000).map { PeerName("10.\($0 / 10_000).\($0 / 100 % 100).\($0 % 100 + 1):8080") }
      try await Self.write(peers, cluster)
      for node in cluster.nodes {
        #expect(try await eventually { try await Self.stale(node, "big") == false }, "\(cluster.logs)")
        let body = try await node.get("/api/v1/upstreams/big").body
        #expect(body.contains("\"total\":60000"), "\(body.prefix(300))")
      }

      let evidence = "quorate:{test:big}:evidence"
      _ = try await cluster.command(
        "EVAL", "return redis.call('HSET', KEYS[1], ARGV[1], string.rep('x', 17 * 1024 * 1024))", "1",
        evidence,
        peers[0].text)
      _ = try await cluster.command("HINCRBY", "quorate:{test:big}:head", "seq", "1")
      for node in cluster.nodes {
        // A moment before that it is not known yet whether the reading only takes long.
        let isTold = try await eventually {
          try await node.get("/api/v1/upstreams/big").body.contains("\"trouble\":{\"kind\":\"too_large\"")
        }
        #expect(isTold, "\(cluster.logs)")
        #expect(try await Self.stale(node, "big") == true)
        #expect(try await Self.stale(node, "foo.com") == false)
        let answer = try await node.get("/readyz").body
        #expect(answer.contains("\"stale\":false"), "\(answer)")
        let page = try await node.get("/?upstream=big").body
        #expect(page.contains("This upstream cannot be read"), "\(page.prefix(2000))")
        #expect(try await node.get("/metrics").body.contains("quorate_upstream_stale{upstream=\"big\"} 1\n"))
      }
      await backend.behave(.refusing)
      #expect(try await cluster.allShow(backend.peer, "DOWN"), "\(cluster.logs)")
      for node in cluster.nodes { #expect(!node.log.contains("no contact with the ledger")) }
      await cluster.end()
    }
  }
}
