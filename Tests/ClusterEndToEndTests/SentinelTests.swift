import Backends
import FoundationEssentials
import Glibc
import Health
import Ledger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// One primary, two replicas, three Sentinels, and primaries that are killed or stand still.
  @Suite(.serialized) struct SentinelTests {
    private static let names = ["a", "b", "c"]

    /// How often the primary is lost: 5 times, or as often as `QUORATE_FAIL_OVERS` says.
    private static let failOvers =
      ProcessInfo.processInfo.environment["QUORATE_FAIL_OVERS"].flatMap { Int($0) } ?? 5

    private static func start(
      _ set: SentinelSet, _ peers: [String]
    ) async throws -> TestCluster {
      let sentinels = set.sentinelPorts.map { "127.0.0.1:\($0)" }.joined(separator: ",")
      let cluster = try TestCluster(
        set.members[0].server, url: "redis+sentinel://\(sentinels)/\(SentinelSet.master)")
      for name in names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: names), "\(cluster.logs)")
      return cluster
    }

    /// Every fail-over, whether the old primary is dead or comes back later: nobody turns who did not, everything is decided that
    /// should be, and no reader sees a term go back.
    @Test func failOversTurnNobody() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let set = try await SentinelSet()
      for member in set.members.indices {
        try set.ask(member, "CONFIG", "SET", "min-replicas-to-write", "1")
      }
      let cluster = try await Self.start(set, backends.map(\.peer))
      let positions = Positions(cluster, Self.names)
      defer { positions.end() }
      var caused: [String] = []
      for round in 0..<Self.failOvers {
        // What was decided before must outlive it, and what turns meanwhile must be decided after it.
        let isDown = round.isMultiple(of: 2)
        await backends[0].behave(isDown ? .refusing : .ok)
        caused.append("\(backends[0].peer) \(isDown ? "down" : "up")")
        #expect(await Self.hasTold(cluster, caused.count), "\(cluster.logs)")
        let former = try #require(set.primary)
        if isDown { set.members[former].server.pause() } else { set.members[former].server.stop() }
        await backends[1].behave(isDown ? .refusing : .ok)
        caused.append("\(backends[1].peer) \(isDown ? "down" : "up")")
        _ = try await set.primary(after: former)
        #expect(await Self.hasTold(cluster, caused.count), "\(cluster.logs)")
        for node in cluster.nodes {
          let answer = try await HttpClient.get("/readyz", port: node.port, within: .seconds(30)) {
            $0.body.contains("\"stale\":false")
          }
          #expect(answer.body.contains("\"stale\":false"), "\(answer.body)")
        }
        let before = try Self.connections(of: former, in: set)
        if isDown {
          set.members[former].server.resume()
        } else {
          try await set.members[former].server.start()
        }
        try await set.isReplica(former)
        #expect(before.isEmpty)
        #expect(try Self.connections(of: former, in: set).isEmpty, "nobody goes back to it")
      }
      let turned = cluster.feed.now.transitions.map { "\($0.peer) \($0.to)" }
      #expect(turned == caused)
      #expect(cluster.feed.now.isWithoutGap, "\(cluster.feed.now.events.map(\.seq))")
      #expect(cluster.feed.now.events.allSatisfy { $0.change != .resync }, "a replica had everything")
      #expect(Self.goBack(cluster.feed.now.events.map(\.term)).isEmpty)
      #expect(positions.steps.isEmpty && positions.count > 2 * caused.count)
      await cluster.end()
    }

    private static func hasTold(_ cluster: TestCluster, _ count: Int) async -> Bool {
      await cluster.feed.first { $0.transitions.count == count }
    }

    /// Connections of nodes; none while it stands still or is gone.
    private static func connections(of member: Int, in set: SentinelSet) throws -> [Substring] {
      guard let list = try? set.ask(member, "CLIENT", "LIST").text else { return [] }
      return list.split(separator: "\n").filter { $0.contains("name=quorate-") }
    }

    private static func goBack(_ terms: [UInt64]) -> [UInt64] {
      zip(terms, terms.dropFirst()).filter { $0 > $1 }.map(\.1)
    }

    /// The primary acknowledges a decision that no replica gets, and dies with it: it holds, and is told again once.
    @Test func whatAFailOverLosesIsToldAgain() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let set = try await SentinelSet()
      let cluster = try await Self.start(set, backends.map(\.peer))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      for replica in 1...2 { try set.ask(replica, "REPLICAOF", "127.0.0.1", "1") }
      await backends[1].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 2 })
      set.members[0].server.stop()
      _ = try await set.primary(after: 0)
      #expect(await cluster.feed.first { $0.events.contains { $0.change == .resync } }, "\(cluster.logs)")
      for (place, backend) in backends.enumerated() {
        #expect(try await cluster.allShow(backend.peer, place < 2 ? "DOWN" : "UP"))
      }
      await backends[2].behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(backends[2].peer)] == .down })
      let seen = cluster.feed.now
      #expect(seen.events.count { $0.change == .resync } == 1)
      #expect(seen.transitions.map(\.peer.text) == backends.map(\.peer))
      #expect(seen.isWithoutGap, "\(seen.events.map(\.seq))")
      await cluster.end()
    }
  }
}
