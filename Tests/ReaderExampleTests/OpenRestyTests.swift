import Backends
import Health
import Ledger
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

/// docker/openresty in Debian's nginx, over a real redis-server.
@Suite(.serialized) struct OpenRestyTests {
  /// Backends that answer, and what they are called.
  private static func backends(_ count: Int = 2) throws -> [Backend] {
    try (0..<count).map { _ in try Backend(.ok) }
  }

  private static func page(_ states: [String: String]) -> String {
    "upstream foo.com\n"
      + states.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value)\n" }.joined()
  }

  /// Sends so many requests that each worker gets some; returns how many reached each backend.
  private static func load(_ nginx: WorkerNginx, _ backends: [Backend]) async throws -> [Int] {
    let before = backends.map(\.counts.requests)
    for _ in 0..<40 {
      let status = try await nginx.get().status
      #expect(status == 200)
    }
    return zip(backends, before).map { $0.counts.requests - $1 }
  }

  @Test("A peer that went down gets no request, one that came back does, and if all are down all are tried")
  func requestsAvoidWhatIsDown() async throws {
    let backends = try Self.backends()
    let peers = backends.map(\.peer)
    let leader = try await DecidingLeader(peers)
    try await WorkerNginx.run(redis: leader.redis.socket, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      let even = try await Self.load(nginx, backends)
      #expect(even.allSatisfy { $0 > 5 } && even.reduce(0, +) == 40, "\(even)")

      var start = nginx.logEnd
      try await leader.decide(peers[0], .down)
      try await nginx.allSay("\(peers[0]) is down", from: start)
      #expect(try await Self.load(nginx, backends) == [0, 40])
      let pages = try await nginx.pages()
      #expect(pages.sources == ["redis"])
      #expect(pages.texts == [Self.page([peers[0]: "down", peers[1]: "up"])])

      start = nginx.logEnd
      try await leader.decide(peers[1], .down)
      try await nginx.allSay("\(peers[1]) is down", from: start)
      #expect(try await Self.load(nginx, backends).reduce(0, +) == 40)

      start = nginx.logEnd
      try await leader.decide(peers[0], .up)
      try await nginx.allSay("\(peers[0]) is up", from: start)
      #expect(try await Self.load(nginx, backends) == [40, 0])
    }
  }

  /// The promise is a second from the event. A busy machine may take long once, not each time.
  @Test("Every worker knows within a second")
  func workersKnowAtOnce() async throws {
    let peer = "127.0.0.1:1"
    let leader = try await DecidingLeader([peer])
    try await WorkerNginx.run(redis: leader.redis.socket, peers: [peer]) { nginx in
      try await nginx.allSay("following redis")
      var times: [Duration] = []
      for state in [PeerState.down, .up, .down, .up, .down, .up] {
        let start = nginx.logEnd
        let began = ContinuousClock.now
        try await leader.decide(peer, state)
        try await nginx.allSay("\(peer) is \(state.rawValue)", from: start)
        times.append(.now - began)
      }
      let fastest = try #require(times.min())
      #expect(fastest < .seconds(1), "\(times)")
    }
  }

  @Test("Redis dies: the last state is kept; it is back empty and written again: followed")
  func redisDies() async throws {
    let backends = try Self.backends()
    let peers = backends.map(\.peer)
    let leader = try await DecidingLeader(peers)
    try await leader.decide(peers[0], .down)
    try await WorkerNginx.run(redis: leader.redis.socket, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      var start = nginx.logEnd
      leader.redis.stop()
      try await nginx.allSay("the last state is kept", from: start)
      #expect(try await Self.load(nginx, backends) == [0, 40])
      #expect(try await nginx.pages().sources == ["none"])

      start = nginx.logEnd
      try await leader.redis.start()
      try await nginx.allSay("following redis", from: start)
      // It is empty: that is no news.
      #expect(try await Self.load(nginx, backends) == [0, 40])

      start = nginx.logEnd
      try await leader.resync(peers[1], .down)
      try await nginx.allSay("\(peers[1]) is down", from: start)
      start = nginx.logEnd
      try await leader.decide(peers[0], .up)
      try await nginx.allSay("\(peers[0]) is up", from: start)
      #expect(try await Self.load(nginx, backends) == [40, 0])
    }
  }

  @Test("Another run of the same term: its next number is not the next event, and its head is another")
  func runsAreCompared() async throws {
    let peers = ["127.0.0.1:1", "127.0.0.1:2"]
    let leader = try await DecidingLeader(peers)
    try await WorkerNginx.run(redis: leader.redis.socket, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      var start = nginx.logEnd
      try await leader.decideAsAnotherRun(peers[0], .down, before: [peers[1]: .down])
      try await nginx.allSay("\(peers[0]) is down", from: start)
      try await nginx.allSay("\(peers[1]) is down", from: start)
      start = nginx.logEnd
      try await leader.decideAsAnotherRunUnheard(peers[1], .up)
      try await nginx.allSay("\(peers[1]) is up", from: start)
    }
  }

  @Test("Redis hangs: the workers notice, and follow when it goes on")
  func redisHangs() async throws {
    let peer = "127.0.0.1:1"
    let leader = try await DecidingLeader([peer])
    try await WorkerNginx.run(redis: leader.redis.socket, peers: [peer]) { nginx in
      try await nginx.allSay("following redis")
      var start = nginx.logEnd
      leader.redis.pause()
      try await nginx.allSay("the last state is kept", from: start)
      start = nginx.logEnd
      leader.redis.resume()
      try await nginx.allSay("following redis", from: start)
      start = nginx.logEnd
      try await leader.decide(peer, .down)
      try await nginx.allSay("\(peer) is down", from: start)
    }
  }

  /// As a node writes it, with `seq` in its head.
  private static func answer(_ states: [String: PeerState], seq: Int, run: String = "r1") -> Behavior {
    let peers = states.map { peer, state in
      JsonText.encode(
        PeerRecord(
          peer: PeerName(peer), role: .primary, status: state, decided: state, evidence: .confirmed))
    }
    let body = """
      {"checker":true,"counts":{"down":1,"total":2,"up":1},"head":{"checked_ms":1,"leader":"a\\u00e9","run":"\(run)","seq":\(seq),\
      "term":99999999999999},"name":"foo.com","peers":[\(peers.joined(separator: ","))]}
      """
    return .answering(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
  }

  @Test("Without Redis the node that knows most counts; without nodes the last state is kept")
  func nodesAreAskedInstead() async throws {
    let backends = try Self.backends()
    let peers = backends.map(\.peer)
    let leader = try await DecidingLeader(peers)
    let node = try Backend(Self.answer([peers[0]: .down, peers[1]: .up], seq: 7))
    let cutOff = try Backend(Self.answer([peers[0]: .up, peers[1]: .up], seq: 6))
    let nodes = [node, cutOff].map { "http://\($0.peer)" }
    try await WorkerNginx.run(redis: leader.redis.socket, http: nodes, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      var start = nginx.logEnd
      leader.redis.stop()
      try await nginx.allSay("following http", from: start)
      #expect(try await nginx.pages().texts == [Self.page([peers[0]: "down", peers[1]: "up"])])
      #expect(try await Self.load(nginx, backends) == [0, 40])
      #expect(try await nginx.pages().sources == ["http"])

      start = nginx.logEnd
      await node.behave(Self.answer([peers[0]: .up, peers[1]: .down], seq: 9))
      try await nginx.allSay("\(peers[1]) is down", from: start)
      #expect(try await Self.load(nginx, backends) == [40, 0])

      // Of another run with the same term, lower numbers are not older ones.
      start = nginx.logEnd
      await node.behave(Self.answer([peers[0]: .down, peers[1]: .up], seq: 3, run: "r2"))
      await cutOff.behave(Self.answer([peers[0]: .up, peers[1]: .up], seq: 2, run: "r2"))
      try await nginx.allSay("\(peers[0]) is down", from: start)
      start = nginx.logEnd
      await node.behave(Self.answer([peers[0]: .up, peers[1]: .down], seq: 4, run: "r2"))
      try await nginx.allSay("\(peers[1]) is down", from: start)

      start = nginx.logEnd
      node.stop()
      cutOff.stop()
      try await nginx.allSay("the last state is kept", from: start)
      #expect(try await Self.load(nginx, backends) == [40, 0])
      #expect(try await nginx.pages().texts == [Self.page([peers[0]: "up", peers[1]: "down"])])
    }
  }

  @Test("Subscribers are cut off again and again while events are committed: nothing is missed")
  func subscribersAreCutOff() async throws {
    let peers = (1...8).map { "127.0.0.1:\($0)" }
    let leader = try await DecidingLeader(peers)
    try await WorkerNginx.run(redis: leader.redis.socket, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      var cuts = 0
      var states = Dictionary(uniqueKeysWithValues: peers.map { ($0, PeerState.up) })
      for round in 0..<200 {
        let peer = peers[round % 7]
        let state = (states[peer] ?? .up).opposite
        if round % 20 == 10 { cuts += try await leader.cutSubscribers() }
        try await leader.decide(peer, state)
        states[peer] = state
      }
      // The last one comes while nobody listens.
      let start = nginx.logEnd
      cuts += try await leader.cutSubscribers()
      try await leader.decide(peers[7], .down)
      states[peers[7]] = .down
      try await nginx.allSay("\(peers[7]) is down", from: start)
      #expect(cuts >= 2)
      #expect(try await nginx.pages().texts == [Self.page(states.mapValues(\.rawValue))])
    }
  }

  @Test("A message is lost: the next one shows the gap, or else the head does")
  func messagesAreLost() async throws {
    let peers = (1...3).map { "127.0.0.1:\($0)" }
    let leader = try await DecidingLeader(peers)
    try await WorkerNginx.run(redis: leader.redis.socket, peers: peers) { nginx in
      try await nginx.allSay("following redis")
      let start = nginx.logEnd
      try await leader.decideUnheard(peers[0], .down)
      try await leader.decide(peers[1], .down)
      try await nginx.allSay("\(peers[1]) is down", from: start)
      try await nginx.allSay("\(peers[0]) is down", from: start)
      try await leader.decideUnheard(peers[2], .down)
      try await nginx.allSay("\(peers[2]) is down", from: start)
    }
  }
}
