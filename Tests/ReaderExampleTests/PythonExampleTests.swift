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
    let child = try ExampleFiles.follower("unix://\(leader.redis.socket)")
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

  @Test("Another run of the same term: its next number is not the next event, and its head is another")
  func runsAreCompared() async throws {
    let peers = ["127.0.0.1:1", "127.0.0.1:2"]
    let leader = try await DecidingLeader(peers)
    let child = try ExampleFiles.follower("unix://\(leader.redis.socket)")
    func says(_ lines: String...) async throws {
      for line in lines {
        guard await child.line(with: line, on: .output, within: .seconds(60)) != nil else {
          throw TestServerError("it did not say \(line):\n\(child.state.value)")
        }
      }
    }
    try await says("\(peers[0]) up", "\(peers[1]) up")
    try await leader.decideAsAnotherRun(peers[0], .down, before: [peers[1]: .down])
    try await says("\(peers[0]) down", "\(peers[1]) down")
    try await leader.decide(peers[0], .up)
    try await says("\(peers[0]) up OK")
    try await leader.decideAsAnotherRunUnheard(peers[1], .up)
    try await says("\(peers[1]) up")
    await child.stop()
  }

  private struct Case: Sendable {
    var user = ""
    var more = ""
    var namespace = DecidingLeader.namespace
    var upstream = "foo.com"
    var told: String
  }

  @Test("What cannot be read, and what is not there, is told once and with the remedy")
  func troubleIsTold() async throws {
    let leader = try await DecidingLeader(["127.0.0.1:1"])
    try await leader.send("HSET", "quorate:{test}:members", "a", "{}")
    try await leader.send("HSET", "quorate:{test}:upstreams", "foo.com", "d", "new.com", "d")
    try await leader.send("HSET", "quorate:{idle}:members", "a", "{}")
    let most = ["resetchannels", "+@read", "+subscribe", "+multi", "+exec", "+@connection"]
    try await leader.setUser("deaf", most + ["~quorate:*"])
    try await leader.setUser("blind", most + ["~other:*", "&quorate:*"])
    try await leader.setUser("reader", most + ["~quorate:*", "&quorate:*"])
    let rights =
      "a reader needs: ACL SETUSER NAME ~quorate:* &quorate:* +@read +subscribe +multi +exec +@connection"
    let cases = [
      Case(
        namespace: "nope",
        told:
          "database 0 has nothing of the namespace \"nope\"; mend NAMESPACE, or the database at the end of the URL"
      ),
      Case(
        user: "reader:s3cret@", namespace: "nope",
        told:
          "database 0 has nothing of the namespace \"nope\"; mend NAMESPACE, or the database at the end of the URL"
      ),
      Case(
        more: "?database=3",
        told:
          "database 3 has nothing of the namespace \"test\"; mend NAMESPACE, or the database at the end of the URL"
      ),
      Case(namespace: "idle", told: "the nodes a check no upstream; give them some with a checker"),
      Case(
        upstream: "foo.con",
        told:
          "no node checks \"foo.con\"; checked are: foo.com and 1 more; mend UPSTREAM, or give it a checker in the nodes' "
          + "settings"),
      Case(
        upstream: "new.com",
        told: "nothing has been decided of \"new.com\"; quorate nodes tells whether it has a leader"),
      Case(user: "deaf:s3cret@", told: rights),
      Case(user: "blind:s3cret@", told: rights),
      Case(
        user: "deaf:wr0ng@",
        told: "see the user and the password in the URL (redis://USER:PASSWORD@HOST, or password-file=)"),
    ]
    let children = try cases.map { one in
      try ExampleFiles.follower(
        "unix://\(one.user)\(leader.redis.socket)\(one.more)", namespace: one.namespace,
        upstream: one.upstream)
    }
    for (child, one) in zip(children, cases) {
      let line = await child.line(with: one.told, within: .seconds(60))
      #expect(line?.text.hasPrefix("follow.py: ") == true, "\(one): \(child.state.value.error.text)")
    }
    for what in ["head", "status"] {
      try await leader.send("COPY", "quorate:{test:foo.com}:\(what)", "quorate:{nope:foo.com}:\(what)")
    }
    let followed = await children[0].line(with: "follow.py: following", within: .seconds(60))
    #expect(followed != nil)
    for child in children {
      let said = child.state.value.error
      #expect(said.whole.filter { !$0.hasSuffix("following") }.count == 1, "\(said.text)")
      #expect(!said.text.contains("s3cret") && !said.text.contains("wr0ng"))
      await child.stop()
    }
  }
}
