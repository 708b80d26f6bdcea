import Backends
import Glibc
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// What an operator said of a peer goes with the peer, also for a node that has missed it.
  @Suite(.serialized) struct OverrideTests {
    @Test func aWordThatWasLiftedWithItsPeerStaysLifted() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      let all = TestCluster.upstream(peers)
      for name in ["a", "b", "c"] { try await cluster.start(name, all) }
      #expect(try await cluster.areProbed(peers, by: 3, of: ["a", "b", "c"]))
      func say(_ state: String) async throws {
        let words = ["peer", state, "foo.com", peers[1], "--by", "anna", "--why", "new disk", "--wait", "60"]
        let said = try await QuorateServer.run(
          words + ["--redis", "unix://\(cluster.redis.socket)", "--namespace", TestCluster.namespace])
        #expect(said.end == .exit(0), "\(said)")
      }
      try await say("drain")
      #expect(try await cluster.allShow(peers[1], "DOWN"))

      let sleeper = try cluster.node("c").process
      sleeper.signal(SIGSTOP)
      #expect(
        try await eventually { try await cluster.store.members().map(\.node).sorted() == ["a", "b"] })
      for (list, count) in [([peers[0], peers[2]], 2), (peers, 3)] {
        for name in ["a", "b"] {
          _ = try cluster.file(name, TestCluster.upstream(list))
          try cluster.node(name).readSettingsAgain()
        }
        #expect(
          try await eventually {
            try await cluster.store.snapshot(of: TestCluster.foo)?.status.count == count
          })
      }
      let lifted = try #require(try await cluster.store.snapshot(of: TestCluster.foo))
      #expect(lifted.status[PeerName(peers[1])] == .up && lifted.overrides.isEmpty)

      sleeper.signal(SIGCONT)
      #expect(
        try await eventually {
          try await cluster.store.members().count { $0.isWarm } == 3
        })
      #expect(try await cluster.allShow(peers[1], "UP"))
      for name in ["a", "b"] { try await cluster.kill(name) }
      #expect(try await cluster.leader { $0 == "c" } == "c")
      // It decides, and has nothing to say of that peer: the next word is the first.
      await backends[0].behave(.refusing)
      #expect(try await cluster.allShow(peers[0], "DOWN"), "\(cluster.logs)")
      let led = try #require(try await cluster.store.snapshot(of: TestCluster.foo))
      #expect(led.overrides.isEmpty && led.status[PeerName(peers[1])] == .up)
      try await say("drain")
      #expect(try await cluster.allShow(peers[1], "DOWN"))
      try await say("auto")
      #expect(try await cluster.allShow(peers[1], "UP"))
      await cluster.end()
    }
  }
}
