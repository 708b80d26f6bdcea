import Backends
import Health
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

/// How quorate.lua begins and ends, and what it tells of changes.
@Suite(.serialized) struct OpenRestyLifeTests {
  @Test(
    "4,000 peers are one call of on_change, single changes are one each, and after a gap one with what differs"
  )
  func changesAreToldTogether() async throws {
    let peers = (0..<4_000).map { "10.0.\($0 / 250).\($0 % 250):80" }
    let leader = try await DecidingLeader(peers)
    let own = WorkerNginx.Own(
      worker: """
        quorate.new {
          redis = { path = "\(leader.redis.socket)" }, namespace = "test", upstreams = { "foo.com" },
          compare_every = 3600000,
          on_change = function(upstream, peer, status, about)
            if peer then
              ngx.log(ngx.NOTICE, "quorate: one ", upstream, " ", peer, " ", status, " ", tostring(about.is_first))
              return
            end
            local count, some = 0, {}
            for name, now in pairs(status) do
              count = count + 1
              if not about.is_first or now ~= "up" then some[#some + 1] = name .. "=" .. tostring(now) end
            end
            table.sort(some)
            ngx.log(ngx.NOTICE, "quorate: many ", upstream, " ", count, " ", tostring(about.is_first), " ", table.concat(some, " "), ".")
          end,
        }:start()
        """)
    try await leader.decide(peers[7], .down)
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("many foo.com 4000 true \(peers[7])=down.")
      try await leader.decide(peers[1], .down)
      try await nginx.allSay("one foo.com \(peers[1]) down false")
      // When this one is told the look at the heads that each worker takes at its start is over.
      try await leader.decide(peers[5], .down)
      try await nginx.allSay("one foo.com \(peers[5]) down false")
      try await leader.decideUnheard(peers[2], .down)
      try await leader.decideUnheard(peers[1], .up)
      try await leader.forgetUnheard(peers[3])
      try await leader.decide(peers[4], .down)
      try await nginx.allSay(
        "many foo.com 4 false \(peers[1])=up \(peers[2])=down \(peers[3])=false \(peers[4])=down.")
      // A gap in which nothing has changed is told nobody.
      var start = nginx.logEnd
      try await leader.cutSubscribers()
      try await nginx.allSay("following redis", from: start)
      #expect(nginx.lines(with: "quorate: many", from: start).isEmpty)
      start = nginx.logEnd
      try await leader.decide(peers[4], .up)
      try await nginx.allSay(" \(peers[4])", from: start)
      #expect(nginx.lines(with: "quorate: many foo.com 4000").count == WorkerNginx.workers)
    }
  }

  @Test("An on_change that fails is an error each time, and stops nothing")
  func anErrorInOnChange() async throws {
    let leader = try await DecidingLeader(["127.0.0.1:1"])
    let own = WorkerNginx.Own(
      worker: """
        quorate.new {
          redis = { path = "\(leader.redis.socket)" }, namespace = "test", upstreams = { "foo.com" },
          on_change = function(upstream, peer) error("mine " .. (peer or "many"), 0) end,
        }:start()
        """, hasErrors: true)
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("quorate: on_change: mine many")
      try await leader.decide("127.0.0.1:1", .down)
      try await nginx.allSay("quorate: on_change: mine 127.0.0.1:1")
    }
  }

  /// Where a worker may be when it is told to end.
  enum Place: String, CaseIterable {
    case following, withoutEvents, redisHangs, nobodyAnswers, nodesHang, restingBeforeTheNextTry
  }

  /// `WorkerNginx.run` itself quits nginx, and fails when anything is said then.
  @Test(
    "Workers that end say nothing: on reload and on quit, whatever they are doing", arguments: Place.allCases)
  func endingIsSilent(_ place: Place) async throws {
    let leader = try await DecidingLeader(["127.0.0.1:1"])
    let silent = try Backend(.silent)
    var redis = "path = \"\(leader.redis.socket)\""
    var more = ""
    // nginx's own default: it logs errors of sockets. Where there are some by nature it is switched off.
    var http = ""
    switch place {
    case .following, .redisHangs: break
    case .withoutEvents:
      try await leader.setUser(
        "deaf", ["resetchannels", "~quorate:*", "+@read", "+subscribe", "+@connection"])
      redis += ", user = \"deaf\", password = \"s3cret\""
    case .nobodyAnswers: redis = "host = \"127.0.0.1\", port = 1"
    case .nodesHang:
      redis = "path = \"/nowhere/s\""
      more = "http = { \"http://\(silent.peer)\" }, http_timeout = 3000,"
    case .restingBeforeTheNextTry:
      redis = "path = \"/nowhere/s\""
      more = "longest_rest = 600000,"
    }
    if place != .following && place != .withoutEvents { http = "lua_socket_log_errors off;" }
    let worker = """
      quorate.new { redis = { \(redis) }, namespace = "test", upstreams = { "foo.com" }, \(more) }:start()
      ngx.log(ngx.NOTICE, "quorate: here is a worker")
      """
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker, http: http, hasErrors: place == .withoutEvents))
    { nginx in
      func isThere(from start: Int = 0, asked: Int = 0) async throws {
        try await nginx.allSay("here is a worker", from: start)
        switch place {
        case .following, .withoutEvents: try await nginx.allSay("following redis", from: start)
        case .nobodyAnswers, .restingBeforeTheNextTry:
          try await nginx.allSay("nothing can be read", from: start)
        case .nodesHang: #expect(await silent.counts { $0.accepted >= asked + WorkerNginx.workers } != nil)
        case .redisHangs: break
        }
      }
      try await isThere()
      if place == .redisHangs {
        try await nginx.allSay("following redis")
        leader.redis.pause()
      }
      let former = nginx.speakers
      #expect(former.count == WorkerNginx.workers)
      let start = nginx.logEnd
      let asked = silent.counts.accepted
      try await nginx.reload()
      try nginx.checkThatNothingIsSaid(byTheFormer: former, from: start)
      try await isThere(from: start, asked: asked)
    }
  }

  @Test("Options that are unknown or of the wrong kind are refused by name, with what was probably meant")
  func optionsAreChecked() async throws {
    let redis = "redis = { host = \"h\" }, "
    let names = "upstreams = { \"foo.com\" }"
    let cases: [(String, String)] = [
      ("", "quorate.new: a table of options is wanted"),
      (
        "{}",
        "quorate.new: upstreams names none; those to be followed are wanted; neither redis nor http says where to read"
      ),
      ("{ \(redis)upstreams = { \"foo.com\", \"foo.com\" } }", "good"),
      (
        "{ \(redis)\(names), http = {}, mark_peers = false, compare_every = 100, longest_rest = 600000, http_timeout = 10 }",
        "good"
      ),
      (
        "{ redis = { path = \"/s\", user = \"u\", password = \"\", database = 0, timeout = 10, dead_after = 1000 }, \(names) }",
        "good"
      ),
      (
        "{ redis = { host = \"h\", prot = 1 }, \(names) }",
        "quorate.new: redis.prot is unknown; did you mean port?"
      ),
      (
        "{ redis = { host = \"h\", db = 1 }, \(names) }",
        "quorate.new: redis.db is unknown; did you mean database?"
      ),
      (
        "{ redis = { host = \"h\", username = \"u\" }, \(names) }",
        "quorate.new: redis.username is unknown; did you mean user?"
      ),
      ("{ \(redis)\(names), namspace = \"n\" }", "quorate.new: namspace is unknown; did you mean namespace?"),
      (
        "{ \(redis)upstream = \"foo.com\" }",
        "quorate.new: upstream is unknown; did you mean upstreams?; upstreams names none; those to be followed are wanted"
      ),
      (
        "{ \(redis)\(names), on_chagne = print }",
        "quorate.new: on_chagne is unknown; did you mean on_change?"
      ),
      (
        "{ \(redis)\(names), zzzzzz = 1 }",
        "quorate.new: zzzzzz is unknown; there is: compare_every, http, http_timeout, longest_rest, mark_peers, namespace, "
          + "on_change, redis, upstreams"
      ),
      (
        "{ redis = { \"h\", 6379 }, \(names) }",
        "quorate.new: redis.1 is unknown; there is: database, dead_after, host, password, path, port, timeout, user; redis.2 is "
          + "unknown; there is: database, dead_after, host, password, path, port, timeout, user; redis has neither host (and "
          + "port) nor path of a unix socket"
      ),
      (
        "{ redis = \"redis://:s3cret@h\", \(names) }",
        "quorate.new: redis: a table such as { host = \"127.0.0.1\", port = 6379 } is wanted"
      ),
      (
        "{ redis = { host = \"h\", path = \"/s\" }, \(names) }",
        "quorate.new: redis has both host and path; take one of them away"
      ),
      (
        "{ redis = { host = \"h\", port = \"6379\" }, \(names) }",
        "quorate.new: redis.port is \"6379\"; a whole number from 1 to 65535 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", port = 0 }, \(names) }",
        "quorate.new: redis.port is 0; a whole number from 1 to 65535 is wanted, without quotes"
      ),
      (
        "{ redis = { host = 1 }, \(names) }",
        "quorate.new: redis.host is 1; a text that is not empty is wanted"
      ),
      (
        "{ redis = { host = \"h\", password = 12345 }, \(names) }",
        "quorate.new: redis.password: a text is wanted, and not a number"
      ),
      (
        "{ redis = { host = \"h\", user = \"u\" }, \(names) }",
        "quorate.new: redis.user has no redis.password; it may be empty for a user without one"
      ),
      (
        "{ redis = { host = \"h\", timeout = \"1s\" }, \(names) }",
        "quorate.new: redis.timeout is \"1s\"; a whole number of milliseconds from 10 to 60000 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", timeout = 9 }, \(names) }",
        "quorate.new: redis.timeout is 9; a whole number of milliseconds from 10 to 60000 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", database = -1 }, \(names) }",
        "quorate.new: redis.database is -1; a whole number from 0 to 2147483647 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", database = 0/0 }, \(names) }",
        "quorate.new: redis.database is nan; a whole number from 0 to 2147483647 is wanted, without quotes"
      ),
      (
        "{ \(redis)\(names), namespace = \"a b\" }",
        "quorate.new: namespace is \"a b\"; 1 to 64 of A-Z a-z 0-9 _ . - are wanted"
      ),
      (
        "{ \(redis)upstreams = \"foo.com\" }",
        "quorate.new: upstreams is \"foo.com\"; a list of upstreams' names is wanted"
      ),
      (
        "{ \(redis)upstreams = { a = \"foo.com\" } }",
        "quorate.new: upstreams is a table; a plain list of upstreams' names is wanted, without names or gaps"
      ),
      (
        "{ \(redis)upstreams = { \"foo.com\", \"b c\" } }",
        "quorate.new: upstreams is a table; entry 2 is \"b c\"; up to 64 of A-Z a-z 0-9 _ . : - are wanted, as in Quorate's settings"
      ),
      (
        "{ \(names), http = \"http://h\" }",
        "quorate.new: http is \"http://h\"; a list of URLs is wanted; neither redis nor http says where to read"
      ),
      (
        "{ \(names), http = { \"https://u:s3cret@h\" } }",
        "quorate.new: http is a table; entry 1 is \"https://***@h\"; http://HOST:PORT of a node is wanted (no https)"
      ),
      (
        "{ \(names), http = { \"http://h:99999\" } }",
        "quorate.new: http is a table; entry 1 is \"http://h:99999\"; http://HOST:PORT of a node is wanted (no https)"
      ),
      ("{ \(names), http = { \"http://[::1]:8080/below\" } }", "good"),
      ("{ \(redis)\(names), on_change = 1 }", "quorate.new: on_change is 1; a function is wanted"),
      (
        "{ \(redis)\(names), mark_peers = \"no\" }",
        "quorate.new: mark_peers is \"no\"; true or false is wanted"
      ),
    ]
    let worker = cases.enumerated().map { index, one in
      """
      do
        local is_fine, why = pcall(quorate.new\(one.0.isEmpty ? "" : ", \(one.0)"))
        ngx.log(ngx.NOTICE, "case \(index): ", is_fine and "good" or why, ", that is all")
      end
      """
    }.joined(separator: "\n")
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker)) { nginx in
      for (index, one) in cases.enumerated() {
        let said = try await nginx.says("case \(index): ")
        #expect(said.contains("case \(index): \(one.1), that is all"), "\(said)")
      }
      #expect(!nginx.log.contains("s3cret"))
    }
  }

  @Test("start is called once")
  func startIsCalledOnce() async throws {
    let own = WorkerNginx.Own(
      worker: """
        local cluster = quorate.new { redis = { path = "/nowhere/s" }, upstreams = { "foo.com" } }
        cluster:start()
        local _, why = pcall(cluster.start, cluster)
        ngx.log(ngx.NOTICE, why)
        """, http: "lua_socket_log_errors off;")
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("quorate: start was called before")
      try await nginx.allSay("nothing can be read")
    }
  }
}
