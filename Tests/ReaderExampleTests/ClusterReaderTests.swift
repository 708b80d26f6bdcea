import Backends
import RedisTestServer
import TestServers
import Testing

/// The readers' examples over a real Redis Cluster, in TLS and with passwords.
@Suite(.serialized) struct ClusterReaderTests {
  private static let peers = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]

  /// The server at which a client of this name subscribes.
  private static func subscribed(_ name: String, at set: RedisClusterSet) -> Int? {
    set.members.indices.first { index in
      (try? set.ask(index, "CLIENT", "LIST", "TYPE", "pubsub"))?.text?.contains("name=\(name) ") == true
    }
  }

  @Test("A slot half moved, a slot moved, a primary killed, a subscription cut: nothing is lost")
  func readersFollowASlotAndALostPrimary() async throws {
    let authority = try await Authority()
    let issued = try await authority.issue(["DNS:redis.example", "IP:127.0.0.1"])
    let access = ServerAccess(
      password: "s3cret", tls: .init(ca: authority.ca, certificate: issued.certificate, key: issued.key))
    let set = try await RedisClusterSet(access)
    for member in set.members {
      _ = try TestQuestion.ask(
        ReaderUser.words(password: "re4d"), socket: member.server.socket,
        password: "s3cret")
    }
    let key = "quorate:{\(DecidingLeader.namespace):foo.com}:"
    let slot = try set.slot(of: key + "head")
    let owner = try #require(set.owner(of: slot))
    let target = (owner + 1) % 3
    let leader = try await DecidingLeader(Self.peers, at: set.members[owner].server, password: "s3cret")
    // One server is named, which has not the slot.
    let url =
      "rediss+cluster://reader:re4d@127.0.0.1:\(set.members[(owner + 2) % 3].port)?ca=\(authority.ca)"
      + "&server_name=redis.example&name="
    try await BothReaders.run(
      url + "python", lua: "{ url = \"\(url)nginx\" .. ngx.worker.id(), dead_after = 3000 }",
      http: "lua_ssl_trusted_certificate \(authority.ca); lua_ssl_protocols TLSv1.2 TLSv1.3;"
    ) { readers in
      try await readers.say("\(Self.peers[2]) up")
      try await readers.followAll(leader)

      // The head is still here, and the status there already.
      try set.beginMoving(slot: slot, to: target)
      var mark = readers.mark
      let change = try await leader.turnPeerUnheard {
        try set.move([key + "status"], from: owner, to: target)
      }
      try await readers.nginx.allSay("changed \(change)", from: mark.nginx)

      try set.moveKeys(slot: slot, to: target)
      try set.finishMoving(slot: slot, to: target)
      #expect(try await set.owner(of: slot, after: owner) == target)
      try await readers.say(change, from: mark)
      await leader.move(to: set.members[target].server)
      try await readers.followAll(leader)

      try await set.members[target].server.replicasAreInStep(1, password: "s3cret")
      set.members[target].server.stop()
      let heir = try await set.owner(of: slot, after: target)
      await leader.move(to: set.members[heir].server)
      mark = readers.mark
      try await readers.say(try await leader.turnPeer(), from: mark)
      try await readers.followAll(leader)

      for name in ["nginx0", "nginx1", "python"] {
        let before = try #require(Self.subscribed(name, at: set))
        mark = readers.mark
        try set.ask(before, "CLIENT", "KILL", "TYPE", "pubsub")
        try await TestQuestion.until("\(name) subscribes again") { Self.subscribed(name, at: set) != nil }
        try await readers.say(try await leader.turnPeer(), from: mark)
      }
      try await readers.know(await leader.truth)
    }
  }

  @Test("A single server that is none of a cluster, and one of a cluster that is named alone, are told apart")
  func serversOfAnotherKindAreTold() async throws {
    let set = try await RedisClusterSet()
    let port = try FreePort.findToKeep()
    let single = try await RedisServer(["--port", "\(port)"])
    let slot = try set.slot(of: "quorate:{\(DecidingLeader.namespace):foo.com}:head")
    let other = ((set.owner(of: slot) ?? 0) + 1) % 3
    for member in set.members {
      _ = try TestQuestion.ask(
        [
          "ACL", "SETUSER", "narrow", "reset", "on", ">re4d", "~*", "&*", "+@read", "+subscribe",
          "+@connection",
        ],
        socket: member.server.socket)
    }
    let cases = [
      (
        "redis+cluster://127.0.0.1:\(port)",
        "redis 127.0.0.1:\(port): it is a server by itself, and of no Redis Cluster; name it in redis.host, or by a URL that "
          + "begins with redis://",
        "Cluster mode is not enabled on this node"
      ),
      (
        "redis://127.0.0.1:\(set.members[other].port)",
        "it is a server of a Redis Cluster; name it in redis.cluster, or by a URL that begins with redis+cluster",
        "it is a server of a Redis Cluster; begin the URL with redis+cluster:// or rediss+cluster://"
      ),
      (
        "redis+cluster://narrow:re4d@127.0.0.1:\(set.members[other].port)",
        "NOPERM: the user \"narrow\" may not CLUSTER SLOTS; granted by: ACL SETUSER narrow +cluster|slots",
        "or the user may not ask for its slots; a reader needs: ACL SETUSER NAME +cluster|slots"
      ),
    ]
    let keys = ["quorate:{test:foo.com}:head", "123456789", "{}a", "a{b}c{d}", "{{x}}y", "{a", "a}b{c}", "é"]
    let slots = """
      for _, key in ipairs { \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) } do
        ngx.log(ngx.NOTICE, "slot of ", key, ": ", require("quorate.slots").of(key), ", that is all")
      end

      """
    let worker =
      slots + cases.map { BothReaders.cluster("\"\($0.0)\"", options: "longest_rest = 60000,") }.joined()
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker, hasErrors: true)) { nginx in
      for key in keys {
        try await nginx.says("slot of \(key): \(try set.slot(of: key)), that is all")
      }
      for (url, lua, python) in cases {
        try await nginx.allSay(lua)
        let follower = try ExampleFiles.follower(url)
        let line = await follower.line(with: python, within: .seconds(60))
        #expect(line != nil, "\(python): \(follower.state.value.error.text)")
        await follower.stop()
      }
      #expect(!nginx.log.contains("re4d"))
    }
    withExtendedLifetime(single) {}
  }
}
