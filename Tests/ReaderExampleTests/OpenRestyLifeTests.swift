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

  /// `WorkerNginx.run` quits nginx, and fails when workers said anything after they were told to end.
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
      let start = nginx.logEnd
      let asked = silent.counts.accepted
      try await nginx.reload()
      try await isThere(from: start, asked: asked)
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
