import Backends
import RedisTestServer
import TestServers
import Testing

/// The readers' examples at a real redis-server that wants TLS, an ACL user and a client's certificate.
@Suite(.serialized) struct SecuredReaderTests {
  private static let peers = ["127.0.0.1:1", "127.0.0.1:2"]

  private struct Setting {
    let authority: Authority
    let own: Authority.Issued
    let leader: DecidingLeader
    let server: RedisServer
    let port: Int
    let folder: TestFolder
    let password: String

    init() async throws {
      authority = try await Authority()
      let issued = try await authority.issue(["DNS:redis.example", "IP:127.0.0.1"])
      own = try await authority.issue(["DNS:reader.example"])
      port = try FreePort.findToKeep()
      let access = ServerAccess(
        tls: .init(
          ca: authority.ca, certificate: issued.certificate, key: issued.key, clientsMustShow: true))
      server = try await RedisServer(access.options(port: port))
      leader = try await DecidingLeader(SecuredReaderTests.peers, at: server)
      folder = try TestFolder()
      password = try folder.write("password", "first\n")
      try await setPassword("first")
    }

    func setPassword(_ password: String) async throws {
      _ = try TestQuestion.ask(ReaderUser.words(password: password), socket: server.socket)
    }

    /// As the reader, with nothing of TLS.
    var base: String { "rediss://reader:@127.0.0.1:\(port)/0?password-file=\(password)" }
    var shown: String { "&cert=\(own.certificate)&key=\(own.key)" }
    var url: String { "\(base)&ca=\(authority.ca)&server_name=redis.example\(shown)" }
    static func http(_ ca: String) -> String {
      "lua_ssl_trusted_certificate \(ca); lua_ssl_protocols TLSv1.2 TLSv1.3;"
    }
  }

  @Test("TLS with a certificate of its own, an ACL user, and a password that is changed in its file")
  func readersTakeAChangedPassword() async throws {
    let setting = try await Setting()
    try await BothReaders.run(
      setting.url + "&tls_min=1.3", lua: "\"\(setting.url)\"", http: Setting.http(setting.authority.ca)
    ) { readers in
      try await readers.say("\(Self.peers[1]) up")
      try await readers.followAll(setting.leader)
      try setting.folder.write("password", "second\n")
      try await setting.setPassword("second")
      let mark = readers.mark
      try await setting.leader.send("CLIENT", "KILL", "USER", "reader")
      try await readers.nginx.allSay("following redis", from: mark.nginx)
      try await readers.say(try await setting.leader.turnPeer(), from: mark)
      try await readers.followAll(setting.leader)
    }
  }

  /// lua-resty-core 0.1.25 takes what did not verify where `false` is given for the session and the handshake is done at
  /// once, which is luck; otherwise it raises an error then.
  @Test("nginx is asked to verify, in the way in which it does")
  func readersAskForVerification() async throws {
    let worker = """
      local secure = require "quorate.secure"
      local function begin(handshake) return secure.begin({ sslhandshake = handshake }, "h.example", {}) end
      local is_fine = begin(function(_, session, name, verify)
        return session == nil and name == "h.example" and verify == true
      end)
      ngx.log(ngx.NOTICE, "asked well: ", tostring(is_fine))
      local is_secure, why, is_refusal = begin(function() error("assertion failed!") end)
      ngx.log(ngx.NOTICE, "raised: ", tostring(is_secure), " ", tostring(is_refusal), " ", why)
      """
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker)) { nginx in
      try await nginx.allSay("asked well: true")
      try await nginx.allSay("raised: nil true the server's certificate does not verify")
    }
  }

  @Test("No certificate is taken that is not trusted or is for somebody else")
  func readersVerifyCertificates() async throws {
    let setting = try await Setting()
    let stranger = try await Authority()
    let quick = "compare_every = 100, longest_rest = 100,"
    let misnamed = setting.url.replacing("redis.example", with: "other.example")
    let cases = [
      (setting.authority.ca, misnamed, "it is to be for other.example (see server_name)"),
      (stranger.ca, setting.url, "is to name \(setting.authority.ca)"),
      (
        setting.authority.ca, setting.url.replacing("&server_name=redis.example", with: ""),
        "it is to be for 127.0.0.1 (see server_name; nginx compares names alone, and not addresses)"
      ),
    ]
    for (ca, url, told) in cases {
      var own = WorkerNginx.Own(
        worker: BothReaders.cluster("\"\(url)\"", options: quick), hasErrors: true)
      own.http = "lua_socket_log_errors off; " + Setting.http(ca)
      try await WorkerNginx.run(own) { nginx in
        try await nginx.allSay(told)
        let before = try Self.connections(setting.server)
        try await TestQuestion.until("many handshakes") { try Self.connections(setting.server) > before + 60 }
        #expect(nginx.lines(with: "following redis").isEmpty)
        #expect(nginx.changes().isEmpty)
      }
    }
    for (url, told) in [
      (misnamed, "certificate is not valid for 'other.example'"),
      (setting.url.replacing(setting.authority.ca, with: stranger.ca), "certificate verify failed"),
      (setting.base + setting.shown, "certificate verify failed"),
    ] {
      let follower = try ExampleFiles.follower(url)
      #expect(
        await follower.line(with: told, within: .seconds(60)) != nil, "\(follower.state.value.error.text)")
      #expect(follower.state.value.output.text.isEmpty)
      await follower.stop()
    }
  }

  private static func connections(_ server: RedisServer) throws -> Int {
    let text = try TestQuestion.ask(["INFO", "stats"], socket: server.socket).text ?? ""
    let line = text.split(separator: "\r\n").first { $0.hasPrefix("total_connections_received:") }
    return line.flatMap { Int($0.split(separator: ":")[1]) } ?? 0
  }

  @Test("What is missing for TLS and for the login is told with the remedy, and never with a password")
  func whatReadersMissForTLSIsTold() async throws {
    let setting = try await Setting()
    let url = setting.url
    let cases = [
      (
        url.replacing(setting.shown, with: ""),
        "a server that wants a certificate ends it so: see cert and key",
        "CERTIFICATE_REQUIRED"
      ),
      (
        url.replacing(setting.password, with: "/nowhere/p"),
        "the password file /nowhere/p: No such file or directory",
        "the password file /nowhere/p: No such file or directory"
      ),
      (
        url.replacing(setting.own.key, with: "/nowhere/k"), "the key /nowhere/k: No such file or directory",
        "No such file or directory"
      ),
      (
        url.replacing("reader:@", with: "reader:hunter2@").replacing(
          "password-file=\(setting.password)&", with: ""),
        "WRONGPASS: the user or the password is wrong, or the user is off; see redis.user and redis.password",
        "see the user and the password in the URL"
      ),
      (
        url.replacing("password-file=\(setting.password)", with: "password-env=QUORATE_NOWHERE"),
        "the variable QUORATE_NOWHERE is not set in nginx's workers; they have only those that the configuration names: "
          + "env QUORATE_NOWHERE;",
        "the variable QUORATE_NOWHERE is not set"
      ),
    ]
    let table = """
      { host = "127.0.0.1", port = \(setting.port), user = "reader", password_env = "QUORATE_READER", tls = true,
        ca = "\(setting.authority.ca)", cert = "\(setting.own.certificate)", key = "\(setting.own.key)",
        server_name = "redis.example", name = "by-table" }
      """
    var own = WorkerNginx.Own(
      worker: cases.map { BothReaders.cluster("\"\($0.0)\"", options: "longest_rest = 60000,") }.joined()
        + BothReaders.cluster(table), hasErrors: true)
    own.http = "lua_socket_log_errors off; " + Setting.http(setting.authority.ca)
    own.main = "env QUORATE_READER=first;"
    try await WorkerNginx.run(own) { nginx in
      try await nginx.allSay("changed \(Self.peers[1]) up")
      let list = try TestQuestion.ask(["CLIENT", "LIST"], socket: setting.server.socket).text ?? ""
      #expect(list.contains("name=by-table "))
      var all = ""
      for (url, lua, python) in cases {
        try await nginx.allSay(lua)
        let follower = try ExampleFiles.follower(url)
        #expect(
          await follower.line(with: python, within: .seconds(60)) != nil, "\(follower.state.value.error.text)"
        )
        await follower.stop()
        all += follower.state.value.error.text
      }
      #expect(!(nginx.log + all).contains("hunter2"))
    }
  }
}
