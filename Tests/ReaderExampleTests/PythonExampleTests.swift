import Backends
import Health
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

/// docs/examples/follow.py, over a real redis-server.
@Suite struct PythonExampleTests {
  @Test("What holds, then each change; a lost connection and a Redis that was emptied lose nothing")
  func follows() async throws {
    let peers = ["127.0.0.1:1", "127.0.0.1:2"]
    let leader = try await DecidingLeader(peers)
    try await leader.decide(peers[1], .down)
    let child = try Child(
      try ExampleFiles.python(),
      [ExampleFiles.follow, "unix://\(leader.redis.socket)", DecidingLeader.namespace, "foo.com"])
    var next = 0
    func says(_ line: String) async throws {
      let found = await child.line(with: line, on: .output, from: next, within: .seconds(60))
      guard let found else {
        throw TestServerError("it did not say \(line):\n\(child.state.value)")
      }
      #expect(found.next == next + 1, "it said more than that: \(child.state.value.output.text)")
      next = found.next
    }
    try await says("\(peers[0]) up")
    try await says("\(peers[1]) down")
    try await leader.decide(peers[1], .up)
    try await says("\(peers[1]) up OK")
    try await leader.decideUnheard(peers[0], .down)
    try await leader.decide(peers[1], .down)
    try await says("\(peers[0]) down")
    try await says("\(peers[1]) down")
    try await leader.decideUnheard(peers[0], .up)
    try await says("\(peers[0]) up")
    // Nobody listens when this one is published.
    #expect(try await leader.cutSubscribers() == 1)
    try await leader.decide(peers[0], .down)
    try await says("\(peers[0]) down")
    leader.redis.stop()
    try await leader.redis.start()
    try await leader.resync(peers[0], .up)
    try await says("\(peers[0]) up")
    try await leader.decide(peers[0], .down)
    try await says("\(peers[0]) down L4CON")
    await child.stop()
  }
}
