import Backends
import Health
import RedisTestServer
import TestServers
import Testing

/// nginx's own peers are marked through `ngx.upstream`: the real module where it is, and always the one that stands in for it.
@Suite(.serialized) struct NginxPeersTests {
  /// What a worker of nginx knows of its peers, with those that are marked.
  private static let peersPage = """
    location = /peers {
      content_by_lua_block {
        local upstream, lines = require "ngx.upstream", { "worker " .. ngx.worker.pid() .. ", from nginx" }
        for kind, list in pairs { primary = upstream.get_primary_peers("foo.com"), backup = upstream.get_backup_peers("foo.com") } do
          for _, peer in ipairs(list) do
            lines[#lines + 1] = kind .. " " .. peer.name .. (peer.down and " down" or "")
          end
        end
        table.sort(lines)
        local page = table.concat(lines, "\\n", #lines) .. "\\n" .. table.concat(lines, "\\n", 1, #lines - 1) .. "\\n"
        ngx.header.content_length = #page
        ngx.print(page)
      }
    }
    location / { proxy_pass http://foo.com; proxy_next_upstream off; }
    """

  private static func worker(_ leader: DecidingLeader, _ options: String = "upstreams = { \"foo.com\" }")
    -> String
  {
    """
    quorate.new {
      redis = { path = "\(leader.redis.socket)" }, namespace = "test", compare_every = 100, \(options),
      \(WorkerNginx.onChange)
    }:start()
    """
  }

  private static func page(_ peers: [(String, String, Bool)]) -> String {
    peers.map { "\($0.0) \($0.1)\($0.2 ? " down" : "")\n" }.sorted().joined()
  }

  @Test(
    "Peers that are down are marked, primaries and backups, and again with each change",
    arguments: NginxUpstream.atHand)
  func peersAreMarked(_ module: NginxUpstream) async throws {
    let backends = try (0..<3).map { _ in try Backend(.ok) }
    let peers = backends.map(\.peer)
    let leader = try await DecidingLeader(peers)
    try await leader.decide(peers[0], .down)
    let block = NginxUpstream.Block(name: "foo.com", primaries: Array(peers[..<2]), backups: [peers[2]])
    let own = module.configuration([block], worker: Self.worker(leader), server: Self.peersPage)
    try await WorkerNginx.run(own) { nginx in
      func areMarked(_ down: [Bool], requests: [Int]) async throws {
        let roles = ["primary", "primary", "backup"]
        let wanted = Self.page(zip(zip(roles, peers), down).map { ($0.0, $0.1, $1) })
        #expect(try await nginx.pages("/peers").texts == [wanted])
        guard module == .real else { return }
        let before = backends.map(\.counts.requests)
        for _ in 0..<20 {
          let answer = try await nginx.get()
          #expect(answer.status == 200)
        }
        #expect(zip(backends, before).map { $0.counts.requests - $1 } == requests)
      }
      try await nginx.allSay("changed \(peers[2]) up")
      try await areMarked([true, false, false], requests: [0, 20, 0])
      var start = nginx.logEnd
      try await leader.decide(peers[1], .down)
      try await nginx.allSay("changed \(peers[1]) down", from: start)
      try await areMarked([true, true, false], requests: [0, 0, 20])
      start = nginx.logEnd
      try await leader.decide(peers[2], .down)
      try await leader.decide(peers[0], .up)
      try await nginx.allSay("changed \(peers[0]) up", from: start)
      try await areMarked([false, true, true], requests: [20, 0, 0])
      // No longer checked is no reason to leave a peer out.
      start = nginx.logEnd
      try await leader.forgetUnheard(peers[1])
      try await nginx.allSay("changed \(peers[1]) false", from: start)
      #expect(
        try await nginx.pages("/peers").texts == [
          Self.page([("primary", peers[0], false), ("primary", peers[1], false), ("backup", peers[2], true)])
        ])
    }
  }

  /// The statuses tell the truth all the while; what is drained stays out.
  @Test("In panic all peers are used by who heeds it, and by nobody else", arguments: NginxUpstream.atHand)
  func whoHeedsPanicUsesAllPeers(_ module: NginxUpstream) async throws {
    let backends = try (0..<3).map { _ in try Backend(.ok) }
    let peers = backends.map(\.peer)
    let leader = try await DecidingLeader(peers)
    try await leader.drain(peers[2])
    let block = NginxUpstream.Block(name: "foo.com", primaries: peers)
    for heeds in [true, false] {
      let options = "upstreams = { \"foo.com\" }, heed_panic = \(heeds)"
      let own = module.configuration([block], worker: Self.worker(leader, options), server: Self.peersPage)
      try await WorkerNginx.run(own) { nginx in
        try await nginx.allSay("changed \(peers[1]) up")
        var start = nginx.logEnd
        try await leader.decide(peers[0], .down)
        try await nginx.allSay("changed \(peers[0]) down", from: start)
        start = nginx.logEnd
        try await leader.panic(true)
        try await nginx.allSay("upstream \"foo.com\" is in panic", from: start)
        let marked = { (down: [Bool]) in Self.page(zip(peers, down).map { ("primary", $0, $1) }) }
        #expect(try await nginx.pages("/peers").texts == [marked([!heeds, false, true])])
        // A peer that turns meanwhile is used as well.
        start = nginx.logEnd
        try await leader.decide(peers[1], .down)
        try await nginx.allSay("changed \(peers[1]) down", from: start)
        #expect(try await nginx.pages("/peers").texts == [marked([!heeds, !heeds, true])])
        start = nginx.logEnd
        try await leader.decide(peers[1], .up)
        try await leader.panic(false)
        try await nginx.allSay("upstream \"foo.com\" is not in panic any more", from: start)
        #expect(try await nginx.pages("/peers").texts == [marked([true, false, true])])
        start = nginx.logEnd
        try await leader.decide(peers[0], .up)
        try await nginx.allSay("changed \(peers[0]) up", from: start)
      }
    }
  }

  @Test("Peers that only one of both has are told once, and told to be over", arguments: NginxUpstream.atHand)
  func peersThatDoNotFit(_ module: NginxUpstream) async throws {
    let leader = try await DecidingLeader(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:4"])
    let blocks = [
      NginxUpstream.Block(
        name: "foo.com", primaries: ["127.0.0.1:1", "127.0.0.1:3"], backups: ["127.0.0.1:2"]),
      // A placeholder: a balancer in Lua chooses.
      NginxUpstream.Block(name: "placed.com", primaries: ["0.0.0.1:80"]),
    ]
    try await leader.copyHead(to: "placed.com")
    try await leader.copyHead(to: "nowhere.com")
    try await leader.copyHead(to: "elsewhere.com")
    let worker =
      Self.worker(leader, "upstreams = { \"foo.com\", \"placed.com\", \"nowhere.com\" }")
      + Self.worker(leader, "upstreams = { \"elsewhere.com\" }, mark_peers = false")
    let own = module.configuration(blocks, worker: worker, server: Self.peersPage)
    try await WorkerNginx.run(own) { nginx in
      let onlyNginx = "nginx has 127.0.0.1:3, which Quorate does not check"
      let onlyQuorate = "Quorate checks 127.0.0.1:4, which nginx does not have"
      let noBlock =
        "upstream \"nowhere.com\": nginx tells nothing of a block of this name (upstream not found)"
      for text in [onlyNginx, onlyQuorate, noBlock] {
        let said = try await nginx.says(text)
        #expect(said.contains("[warn]"))
      }
      try await leader.forgetUnheard("127.0.0.1:4")
      try await nginx.says("nginx has all peers now that Quorate checks")
      // Again when it is so again.
      try await leader.decide("127.0.0.1:4", .up)
      try await nginx.says(onlyQuorate, times: 2)
      try await leader.decide("127.0.0.1:3", .down)
      try await nginx.says("Quorate checks all of nginx's peers now")
      #expect(nginx.lines(with: "[warn]").count == 4, "\(nginx.log)")
    }
  }

  @Test("The stand-in says what the real one says", arguments: NginxUpstream.atHand)
  func theStandInSaysWhatTheRealOneSays(_ module: NginxUpstream) async throws {
    let blocks = [
      NginxUpstream.Block(
        name: "foo.com", primaries: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"], backups: ["127.0.0.1:3"]),
      NginxUpstream.Block(name: "bare.com", primaries: ["unix:/run/a.sock"]),
    ]
    let calls = [
      "get_primary_peers(\"foo.com\")", "get_backup_peers(\"foo.com\")", "get_primary_peers(\"bare.com\")",
      "get_backup_peers(\"bare.com\")", "get_primary_peers(\"nope\")", "get_backup_peers(\"nope\")",
      "get_primary_peers()",
      "set_peer_down(\"foo.com\", false, 2, true)", "get_primary_peers(\"foo.com\")",
      "set_peer_down(\"foo.com\", false, 2, false)", "get_primary_peers(\"foo.com\")",
      "set_peer_down(\"foo.com\", true, 0, true)", "get_backup_peers(\"foo.com\")",
      "set_peer_down(\"foo.com\", false, 3, true)",
      "set_peer_down(\"bare.com\", true, 0, true)", "set_peer_down(\"nope\", false, 0, true)",
      "set_peer_down(\"foo.com\", false, 0)",
    ]
    let server = """
      location = / {
        content_by_lua_block {
          local upstream = require "ngx.upstream"
          local function told(is_fine, result, why)
            if not is_fine then return "error: " .. result:gsub("^.-:%d+: ", "") end
            if type(result) ~= "table" then return tostring(result) .. (why and " " .. why or "") end
            local words = {}
            for index, peer in ipairs(result) do
              words[index] = peer.id .. " " .. peer.name .. (peer.down == nil and "" or " down=" .. tostring(peer.down))
            end
            return table.concat(words, ", ") .. "."
          end
          local lines = {}
          \(calls.map { "lines[#lines + 1] = told(pcall(function() return upstream.\($0) end))" }.joined(separator: "\n"))
          local page = table.concat(lines, "\\n")
          ngx.header.content_length = #page
          ngx.print(page)
        }
      }
      """
    try await WorkerNginx.run(module.configuration(blocks, worker: "", server: server)) { nginx in
      let foo = "0 127.0.0.1:1, 1 127.0.0.1:2, 2 127.0.0.1:1"
      let wanted = [
        foo + ".", "0 127.0.0.1:3.", "0 unix:/run/a.sock.", ".", "nil upstream not found",
        "nil upstream not found",
        "error: exactly one argument expected", "true", foo + " down=true.", "true", foo + ".", "true",
        "0 127.0.0.1:3 down=true.", "nil bad peer id", "nil no backup peers", "nil upstream not found",
        "error: exactly 4 arguments expected",
      ]
      let said = try await nginx.get().body.split(separator: "\n").map(String.init)
      #expect(said == wanted, "\(zip(calls, zip(said, wanted)).filter { $1.0 != $1.1 })")
    }
  }
}
