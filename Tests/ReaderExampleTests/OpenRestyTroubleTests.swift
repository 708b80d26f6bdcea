import Backends
import Health
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

/// What quorate.lua says when it cannot do what it was told: once, with the remedy, and again when it changes.
@Suite(.serialized) struct OpenRestyTroubleTests {
  private static let peer = "127.0.0.1:1"

  /// A cluster in Lua. Short times, so that many looks are taken.
  private static func cluster(_ redis: String, _ options: String = "", upstreams: String = "\"foo.com\"")
    -> String
  {
    """
    quorate.new {
      redis = { \(redis) }, upstreams = { \(upstreams) }, compare_every = 100, longest_rest = 100, \(options)
      \(WorkerNginx.onChange)
    }:start()

    """
  }

  @Test(
    "A namespace, a database, or an upstream that does not fit is told once by one worker, with the remedy")
  func whatDoesNotFit() async throws {
    let leader = try await DecidingLeader([Self.peer])
    try await leader.send("HSET", "quorate:{test}:members", "a", "{}")
    try await leader.send("HSET", "quorate:{test}:upstreams", "foo.com", "d", "bar.com", "d")
    try await leader.send("HSET", "quorate:{idle}:members", "a", "{}", "b", "{}")
    try await leader.send("HSET", "quorate:{carried}:members", "a", "{}")
    try await leader.send("HSET", "quorate:{carried}:node:a", "upstreams", "{\"other.com\":\"d\"}")
    try await leader.send("SET", "quorate:{odd}:members", "of another type")
    let path = "path = \"\(leader.redis.socket)\""
    let own = WorkerNginx.Own(
      worker: Self.cluster(path, "namespace = \"nope\",")
        + Self.cluster(path + ", database = 3", "namespace = \"test\",")
        + Self.cluster(path, "namespace = \"idle\",") + Self.cluster(path, "namespace = \"odd\",")
        + Self.cluster(path, "namespace = \"carried\",")
        + Self.cluster(path, "namespace = \"test\",", upstreams: "\"foo.con\", \"foo.com\""))
    try await WorkerNginx.run(own) { nginx in
      let server = "redis unix:\(leader.redis.socket), database"
      let told = [
        "\(server) 0, has nothing of the namespace \"nope\", so nothing is followed; namespace and redis are to be those of the "
          + "nodes' settings, and a node is to run",
        "\(server) 3, has nothing of the namespace \"test\", so nothing is followed; database 0 has it: set redis.database = 0",
        "\(server) 0, has nothing of the namespace \"odd\", so nothing is followed",
        "namespace \"idle\": its nodes (a, b) check no upstream, so nothing is followed; give them upstreams with a checker",
        "upstream \"foo.com\" is checked by no node, and all its peers count as up; checked are: other.com; mend its name in "
          + "upstreams, or give it a checker in the nodes' settings",
        "upstream \"foo.con\" is checked by no node, and all its peers count as up; checked are: foo.com, bar.com; mend its "
          + "name in upstreams, or give it a checker in the nodes' settings",
      ]
      for text in told {
        let said = try await nginx.says(text)
        #expect(said.contains("[warn]"))
      }
      #expect(nginx.lines(with: "[warn]").count == told.count, "\(nginx.log)")

      // Good, and bad again.
      let nope = "{nope:foo.com}"
      for what in ["head", "status"] {
        try await leader.send("COPY", "quorate:{test:foo.com}:\(what)", "quorate:\(nope):\(what)")
      }
      try await nginx.says("namespace \"nope\" is there now")
      try await nginx.allSay("changed \(Self.peer) up")
      try await leader.send("DEL", "quorate:\(nope):head", "quorate:\(nope):status")
      try await nginx.says(told[0], times: 2)
      #expect(nginx.lines(with: "[warn]").count == told.count + 1, "\(nginx.log)")
    }
  }

  @Test(
    "The database is right again after others were looked into, and a namespace that nodes listen to is named"
  )
  func otherDatabasesAreLookedIntoAndLeft() async throws {
    let leader = try await DecidingLeader([Self.peer])
    let node = await leader.listen(to: "quorate:test:control")
    let own = WorkerNginx.Own(
      worker: Self.cluster("path = \"\(leader.redis.socket)\"", "namespace = \"tset\","))
    try await WorkerNginx.run(own) { nginx in
      try await nginx.says(
        "has nothing of the namespace \"tset\", so nothing is followed; nodes there have the namespace test")
      for what in ["head", "status"] {
        try await leader.send("COPY", "quorate:{test:foo.com}:\(what)", "quorate:{tset:foo.com}:\(what)")
      }
      try await nginx.allSay("changed \(Self.peer) up")
    }
    withExtendedLifetime(node) {}
  }

  /// Each worker needs its own connection, so each tells.
  @Test("A server that refuses is an error, which names what is missing, and no password")
  func refusals() async throws {
    let leader = try await DecidingLeader([Self.peer])
    for (user, rights) in [
      ("deaf", ["resetchannels", "~quorate:*", "+@read", "+subscribe", "+@connection"]),
      ("mute", ["resetchannels", "&quorate:*", "~quorate:*", "+@read", "+@connection"]),
      ("blind", ["resetchannels", "&quorate:*", "~other:*", "+@read", "+subscribe", "+@connection"]),
      ("idle", ["resetchannels", "&quorate:*", "~quorate:*", "+subscribe", "+@connection"]),
      ("numb", ["resetchannels", "&quorate:*", "~quorate:*", "+@read", "+subscribe"]),
    ] {
      try await leader.setUser(user, rights)
    }
    let path = "path = \"\(leader.redis.socket)\", "
    var worker = ["deaf", "mute", "blind", "idle", "numb"].reduce("") { text, user in
      text + Self.cluster(path + "user = \"\(user)\", password = \"s3cret\"", "namespace = \"test\",")
    }
    worker += Self.cluster(path + "user = \"deaf\", password = \"wr0ng\"", "namespace = \"test\",")
    worker += Self.cluster(path + "password = \"s3cret\"", "namespace = \"test\",")
    worker += Self.cluster(path + "database = 99", "namespace = \"test\",")
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker, hasErrors: true)) { nginx in
      let told = [
        "NOPERM: the user \"deaf\" may not SUBSCRIBE quorate:test:events; granted by: ACL SETUSER deaf &quorate:*",
        "NOPERM: the user \"mute\" may not SUBSCRIBE; granted by: ACL SETUSER mute +subscribe",
        "NOPERM: the user \"blind\" may not HMGET quorate:{test:foo.com}:head; granted by: ACL SETUSER blind ~quorate:*",
        "NOPERM: the user \"idle\" may not HMGET; granted by: ACL SETUSER idle +@read",
        "NOPERM: the user \"numb\" may not PING; granted by: ACL SETUSER numb +@connection",
        "WRONGPASS: the user or the password is wrong, or the user is off; see redis.user and redis.password",
        "no password is wanted there; take redis.password away, or name its user in redis.user",
        "there is no database 99 (ERR DB index is out of range); see redis.database",
      ]
      for text in told {
        try await nginx.allSay(text)
        #expect(nginx.lines(with: text).allSatisfy { $0.contains("[error]") })
      }
      // Without events the heads tell of changes.
      try await leader.decide(Self.peer, .down)
      try await nginx.allSay("changed \(Self.peer) down")
      // With the right they are heard.
      try await leader.send("ACL", "SETUSER", "deaf", "&quorate:*")
      try await nginx.allSay("events are heard now")
      let start = nginx.logEnd
      try await leader.decide(Self.peer, .up)
      try await nginx.allSay("changed \(Self.peer) up", from: start)
      let count = nginx.lines(with: "[error]").count
      #expect(count == told.count * WorkerNginx.workers, "\(nginx.log)")
      #expect(!nginx.log.contains("s3cret") && !nginx.log.contains("wr0ng"))
    }
  }

  @Test("A password that is missing is an error, until it is set")
  func noPassword() async throws {
    let leader = try await DecidingLeader([Self.peer])
    try await leader.send("CONFIG", "SET", "requirepass", "s3cret")
    let own = WorkerNginx.Own(
      worker: Self.cluster("path = \"\(leader.redis.socket)\"", "namespace = \"test\","), hasErrors: true)
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("NOAUTH: it wants a password; set redis.password (and redis.user)")
      try await leader.send("CONFIG", "SET", "requirepass", "")
      try await nginx.allSay("following redis")
      #expect(nginx.lines(with: "[error]").count == WorkerNginx.workers, "\(nginx.log)")
    }
  }

  @Test("A server that cannot be reached is told with where it is and why, and each reason once")
  func unreachable() async throws {
    let leader = try await DecidingLeader([Self.peer])
    leader.redis.stop()
    let free = try ReservedPort()
    let node = "http://127.0.0.1:\(free.port)"
    let worker =
      Self.cluster("path = \"\(leader.redis.socket)\"", "namespace = \"test\", http = { \"\(node)\" },")
      + Self.cluster("path = \"/nowhere/s\"")
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker, http: "lua_socket_log_errors off;")) { nginx in
      let nothing = "nothing is known yet and all peers count as up, because nothing can be read: "
      let refused =
        "redis unix:\(leader.redis.socket): connection refused; \(node): connection refused"
      try await nginx.allSay(nothing + refused)
      try await nginx.allSay(nothing + "redis unix:/nowhere/s: no such file or directory")
      try await leader.redis.start()
      try await nginx.allSay("following redis unix:\(leader.redis.socket), database 0, namespace \"test\"")
      #expect(nginx.lines(with: "[warn]").count == 2 * WorkerNginx.workers, "\(nginx.log)")
    }
  }

  /// As a node writes it.
  private static func answer(_ status: String, _ body: String) -> Behavior {
    .answering(
      "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
  }

  @Test("Over HTTP, too: an upstream that is not there, one without a checker, a node that lets nobody in")
  func whatDoesNotFitOverHttp() async throws {
    let unchecked = try Backend(
      Self.answer(
        "200 OK",
        #"{"checker":false,"head":null,"name":"foo.com","peers":[{"peer":"\#(Self.peer)","status":"up"}]}"#))
    let unknown = try Backend(
      Self.answer("404 Not Found", #"{"error":"No upstream is called foo.com; there is: bar.com."}"#))
    let closed = try Backend(Self.answer("403 Forbidden", "no"))
    let lost = try Backend(Self.answer("404 Not Found", "<html>"))
    let leader = try await DecidingLeader([Self.peer])
    let cluster = { (node: Backend) in
      "quorate.new { upstreams = { \"foo.com\" }, http = { \"http://\(node.peer)\" }, longest_rest = 100 }:start() "
    }
    let worker =
      [unchecked, unknown, closed, lost].map(cluster).joined()
      + Self.cluster(
        "path = \"\(leader.redis.socket)\"", "namespace = \"test\", http = { \"http://\(unchecked.peer)\" },",
        upstreams: "\"foo.con\"")
    try await leader.send("HSET", "quorate:{test}:upstreams", "foo.com", "d")
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker)) { nginx in
      let remedy = "give it one in the nodes' settings, or take it out of upstreams"
      for (text, times) in [
        ("upstream \"foo.com\" has no checker (NO checkers), and all its peers count as up; \(remedy)", 1),
        (
          "upstream \"foo.com\" is checked by no node, and all its peers count as up; mend its name in upstreams",
          1
        ),
        ("upstream \"foo.con\" has no checker (NO checkers), and all its peers count as up; \(remedy)", 1),
        ("http://\(closed.peer) answers 403: this machine is not in its allow", WorkerNginx.workers),
        ("http://\(lost.peer) answers 404", WorkerNginx.workers),
      ] {
        let said = try await nginx.says(text, times: times)
        #expect(said.contains("[warn]"))
        #expect(nginx.lines(with: text).count == times)
      }
      #expect(nginx.lines(with: "[warn]").count == 3 + 2 * WorkerNginx.workers, "\(nginx.log)")
    }
  }

  @Test("An upstream that nobody decides of is told, when that lasts")
  func nobodyDecides() async throws {
    let leader = try await DecidingLeader([Self.peer])
    // May not read which nodes and upstreams there are.
    try await leader.setUser(
      "narrow",
      ["resetchannels", "&quorate:*", "~quorate:{test:*", "+@read", "+subscribe", "+@connection"])
    let narrow = Self.cluster(
      "path = \"\(leader.redis.socket)\", user = \"narrow\", password = \"s3cret\"", "namespace = \"test\",",
      upstreams: "\"foo.con\"")
    let own = WorkerNginx.Own(
      worker: Self.cluster("path = \"\(leader.redis.socket)\", dead_after = 1000", "namespace = \"test\",")
        + narrow)
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("changed \(Self.peer) up")
      try await leader.send("RENAME", "quorate:{test:foo.com}:lease", "kept")
      try await nginx.says("upstream \"foo.com\": no node decides of it now, and the last state is kept")
      try await leader.send("RENAME", "kept", "quorate:{test:foo.com}:lease")
      try await nginx.says("upstream \"foo.com\" has a leader again")
      try await nginx.says(
        "upstream \"foo.con\": nothing has been decided of it yet, and all its peers count as up")
      #expect(nginx.lines(with: "[warn]").count == 2, "\(nginx.log)")
      // A server that answers is not given up, however soon silence would count as its end.
      #expect(nginx.lines(with: "dialed again").isEmpty, "\(nginx.log)")
    }
  }

  @Test("Asking about what nobody knows is told once for each name")
  func askingForWhatIsUnknown() async throws {
    let leader = try await DecidingLeader([Self.peer])
    var own = WorkerNginx.Own(
      worker: """
        local cluster = quorate.new {
          redis = { path = "\(leader.redis.socket)" }, namespace = "test", upstreams = { "foo.com" },
        }
        cluster:start()
        package.loaded["my.cluster"] = cluster
        """)
    own.server = """
      location = /is_up { content_by_lua_block {
        ngx.header.content_length = 4
        ngx.print((tostring(require("my.cluster"):is_up(ngx.var.arg_u, ngx.var.arg_p)) .. "    "):sub(1, 4))
      } }
      """
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("following redis")
      for _ in 0..<100 {
        for name in ["foo.com", "fo.com"] {
          let body = try await nginx.get("/is_up?u=\(name)&p=127.0.0.1:11").body
          #expect(body == "true")
        }
      }
      for text in [
        "the peer \"127.0.0.1:11\" of the upstream \"foo.com\", which Quorate does not check, so that it counts as up; it "
          + "checks: 127.0.0.1:1,",
        "the upstream \"fo.com\", which is not followed, so that its peers count as up; upstreams has: foo.com",
      ] {
        try await nginx.allSay(text)
        #expect(nginx.lines(with: text).count == WorkerNginx.workers)
      }
    }
  }
}
