import Backends
import RedisTestServer
import TestServers
import Testing

/// The readers' examples behind real Sentinels, in TLS and with passwords.
@Suite(.serialized) struct SentinelReaderTests {
  private static let peers = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]

  private struct Setting {
    let authority: Authority
    let access: ServerAccess
    let set: SentinelSet
    let folder: TestFolder
    let url: String

    init() async throws {
      authority = try await Authority()
      let issued = try await authority.issue(["DNS:redis.example", "IP:127.0.0.1"])
      access = ServerAccess(
        password: "s3cret", sentinelPassword: "w4tch",
        tls: .init(ca: authority.ca, certificate: issued.certificate, key: issued.key))
      set = try await SentinelSet(access)
      folder = try TestFolder()
      let own = try folder.write("password", "re4d\n")
      let watch = try folder.write("sentinels", "w4tch\n")
      let hosts = set.sentinelPorts.map { "127.0.0.1:\($0)" }.joined(separator: ",")
      url =
        "rediss+sentinel://reader:@\(hosts)/\(SentinelSet.master)/0?password-file=\(own)&sentinel-password-file=\(watch)"
        + "&ca=\(authority.ca)&server_name=redis.example"
      for index in set.members.indices {
        try SentinelReaderTests.addReader { words in
          try TestQuestion.ask(words, socket: set.members[index].server.socket, password: "s3cret")
        }
      }
    }

    var http: String { "lua_ssl_trusted_certificate \(authority.ca); lua_ssl_protocols TLSv1.2 TLSv1.3;" }
  }

  private static func addReader(_ ask: ([String]) throws -> TestAnswer) throws {
    let answer = try ask(ReaderUser.words(password: "re4d"))
    guard answer.text == "OK" else { throw TestServerError("ACL: \(answer)") }
  }

  @Test("A fail-over, the old primary's return, and a primary that does not know it was deposed")
  func readersSurviveAFailOver() async throws {
    let setting = try await Setting()
    let set = setting.set
    let leader = try await DecidingLeader(Self.peers, at: set.members[0].server, password: "s3cret")
    // Notices no silence: only what the old primary does when it wakes.
    var patient = WorkerNginx.Own(
      worker: BothReaders.cluster(
        "{ url = \"\(setting.url)\", dead_after = 600000 }", options: "compare_every = 3600000,"))
    patient.http = "lua_socket_log_errors off; " + setting.http
    let lua = "{ url = \"\(setting.url)\", dead_after = 3000 }"
    try await WorkerNginx.run(patient) { patient in
      try await BothReaders.run(setting.url, lua: lua, http: setting.http) { readers in
        try await patient.allSay("changed \(Self.peers[2]) up")
        try await readers.say("\(Self.peers[2]) up")
        try await readers.followAll(leader)

        try await set.members[0].server.replicasAreInStep(2, password: "s3cret")
        set.members[0].server.pause()
        let next = try await set.primary(after: 0)
        await leader.move(to: set.members[next].server)
        var mark = readers.mark
        var change = ""
        for _ in Self.peers { change = try await leader.turnPeer() }
        try await readers.say(change, from: mark)
        try await readers.know(await leader.truth)
        try await readers.followAll(leader)

        let start = patient.logEnd
        set.members[0].server.resume()
        try await patient.allSay(
          "following redis 127.0.0.1:\(set.members[next].port), \(SentinelSet.master) of the Sentinels",
          from: start)
        try await set.isReplica(0)
        try await readers.followAll(leader)
        let truth = await leader.truth
        for changes in patient.changes() { #expect(BothReaders.known(changes) == truth) }

        let port = try FreePort.findToKeep()
        let other = try await RedisServer(setting.access.options(port: port))
        try Self.addReader { try TestQuestion.ask($0, socket: other.socket, password: "s3cret") }
        let successor = try await DecidingLeader(Self.peers, at: other, password: "s3cret")
        _ = try await successor.turnPeer()
        mark = readers.mark
        try set.name(primary: port)
        try await readers.nginx.allSay("mymaster is at 127.0.0.1:\(port) now", from: mark.nginx)
        let told = await readers.python.line(with: "mymaster is at 127.0.0.1:\(port)", within: .seconds(60))
        #expect(told != nil)
        try await readers.nginx.allSay("following redis 127.0.0.1:\(port)", from: mark.nginx)
        #expect(
          await readers.python.line(with: "following", from: told?.next ?? 0, within: .seconds(60)) != nil)
        try await readers.followAll(successor)
      }
    }
  }

  @Test("One hung Sentinel keeps nobody waiting; what is wrong with the set is told with the remedy")
  func whatIsWrongWithSentinelsIsTold() async throws {
    let setting = try await Setting()
    let set = setting.set
    _ = try await DecidingLeader(Self.peers, at: set.members[0].server, password: "s3cret")
    set.sentinels[0].pause()
    let url = setting.url
    let cases = [
      (
        url.replacing("/\(SentinelSet.master)/", with: "/other/"),
        "watch no master called other; see redis.master", "watch no master called other; see the URL"
      ),
      (
        url.replacing("sentinel-password-file", with: "name"),
        "set redis.sentinel_password (and redis.sentinel_user)",
        "see sentinel-user= and sentinel-password-file="
      ),
      (
        url.replacing("reader:", with: "nobody:"),
        "WRONGPASS: the user or the password is wrong, or the user is off; see redis.user and redis.password",
        "see the user and the password in the URL"
      ),
      (
        "redis+sentinel://127.0.0.1:1/m", "no Sentinel answers: Sentinel 127.0.0.1:1: connection refused",
        "no Sentinel answers: "
      ),
    ]
    let worker = cases.map { BothReaders.cluster("\"\($0.0)\"", options: "longest_rest = 60000,") }.joined()
    var own = WorkerNginx.Own(
      worker: worker + BothReaders.cluster("{ url = \"\(url)\", timeout = 60000 }"), hasErrors: true)
    own.http = "lua_socket_log_errors off; " + setting.http
    try await WorkerNginx.run(own) { nginx in
      let followers = try cases.map { try ExampleFiles.follower($0.0) }
      let start = ContinuousClock.now
      try await nginx.allSay("changed \(Self.peers[2]) up")
      #expect(ContinuousClock.now - start < .seconds(20))
      for ((_, lua, python), follower) in zip(cases, followers) {
        try await nginx.allSay(lua)
        let line = await follower.line(with: python, within: .seconds(60))
        #expect(line != nil, "\(python): \(follower.state.value.error.text)")
      }
      // The hung one did not bring an answer, and was not waited for either.
      #expect(nginx.lines(with: "do not agree").isEmpty)
      for follower in followers { await follower.stop() }
      let all = nginx.log + followers.map { $0.state.value.error.text }.joined()
      #expect(!all.contains("s3cret") && !all.contains("w4tch") && !all.contains("re4d"))
    }
    set.sentinels[0].resume()
  }

  @Test("What most Sentinels say counts, and a server that is no primary is left")
  func mostSentinelsCount() async throws {
    let setting = try await Setting()
    let set = setting.set
    _ = try await DecidingLeader(Self.peers, at: set.members[0].server, password: "s3cret")
    try await set.members[0].server.replicasAreInStep(2, password: "s3cret")
    try set.name(primary: set.members[1].port, at: [0])
    let primary = "redis 127.0.0.1:\(set.members[0].port)"
    let split = "the Sentinels do not agree where mymaster is"
    let replica = "127.0.0.1:\(set.members[1].port): it is no primary any more"
    let replicaOfPython = "127.0.0.1:\(set.members[1].port) is no primary any more"
    try await BothReaders.run(setting.url, lua: "\"\(setting.url)\"", http: setting.http) { readers in
      try await readers.say("\(Self.peers[2]) up")
      #expect(readers.nginx.lines(with: "following \(primary)").count == WorkerNginx.workers)
      // One against one, then all for the replica.
      set.sentinels[1].pause()
      try set.ask(0, "CLIENT", "KILL", "USER", "reader")
      try await readers.tell(split, split)
      set.sentinels[1].resume()
      try set.name(primary: set.members[1].port, at: [1, 2])
      try await readers.tell(replica, replicaOfPython)
    }
  }

  /// Nobody cuts the readers off, and no Sentinel tells them.
  @Test("A primary that was made a replica by hand is left")
  func whoIsNoPrimaryAnyMoreIsLeft() async throws {
    let setting = try await Setting()
    let set = setting.set
    _ = try await DecidingLeader(Self.peers, at: set.members[0].server, password: "s3cret")
    var own = WorkerNginx.Own(
      worker: BothReaders.cluster("\"\(setting.url)\"", options: "compare_every = 200,"))
    own.http = "lua_socket_log_errors off; " + setting.http
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("changed \(Self.peers[2]) up")
      for sentinel in set.sentinels { sentinel.pause() }
      try set.ask(0, "REPLICAOF", "127.0.0.1", "\(set.members[1].port)")
      try await nginx.allSay("127.0.0.1:\(set.members[0].port): it is no primary any more")
      for sentinel in set.sentinels { sentinel.resume() }
    }
  }
}
