import Backends
import Glibc
import TestServers
import Testing

extension EndToEndTests {
  /// Backends by name, with Debian's dnsmasq as the name server.
  @Suite(.serialized) struct MovingPeersTests {
    private func settings(_ resolver: String, _ upstream: String) -> String {
      """
      listen: 127.0.0.1:0
      resolver: \(resolver)
      defaults: {resolve_interval: 1s}
      upstreams:
        - {upstream: app, type: http, http_req: "GET /status HTTP/1.0\\r\\n\\r\\n", interval: 100ms, \(upstream)}

      """
    }

    private func page(_ peers: [String], backup: [String] = []) -> String {
      func lines(_ peers: [String]) -> String { peers.map { "        \($0) UP\n" }.joined() }
      return "Upstream app\n    Primary Peers\n\(lines(peers))    Backup Peers\n\(lines(backup))"
    }

    private func expectPage(_ checker: QuorateServer, _ wanted: String) async throws {
      let answer = try await HttpClient.get("/status", port: checker.port, within: .seconds(20)) {
        $0.body == wanted
      }
      #expect(answer.body == wanted, "\(checker.log)")
    }

    /// A line of `/metrics`, as soon as its value is as wanted.
    private func metric(
      _ checker: QuorateServer, _ name: String, _ isWanted: @escaping @Sendable (Int) -> Bool
    ) async throws -> Bool {
      let read = { @Sendable (body: String) -> Int? in
        body.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.flatMap {
          Int($0.dropFirst(name.count + 1))
        }
      }
      let answer = try await HttpClient.get("/metrics", port: checker.port, within: .seconds(20)) {
        read($0.body).map(isWanted) ?? false
      }
      return read(answer.body).map(isWanted) ?? false
    }

    /// It moves to another address, a second one comes and goes, its name is lost, and the name server, too.
    @Test func aBackendByNameIsFollowed() async throws {
      let first = try Backend(.ok)
      let second = try Backend(.ok, at: .ipv4(port: first.port, host: "127.0.0.2"))
      defer { for backend in [first, second] { backend.stop() } }
      let names = try await Dnsmasq(hosts: "127.0.0.1 app.test\n")
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", settings(names.address, "peers: [\"app.test:\(first.port)\"]"))
      let checker = try await QuorateServer(["--config", file])
      try await expectPage(checker, page([first.peer]))

      try await names.tell(hosts: "127.0.0.2 app.test\n")
      try await checker.logged("app: \(second.peer) comes")
      try await checker.logged("app: \(first.peer) goes")
      try await expectPage(checker, page([second.peer]))
      #expect(await second.counts { $0.requests > 1 } != nil)

      try await names.tell(hosts: "127.0.0.2 app.test\n127.0.0.1 app.test\n")
      try await expectPage(checker, page([first.peer, second.peer]))
      try await names.tell(hosts: "127.0.0.2 app.test\n")
      try await expectPage(checker, page([second.peer]))

      // There is no such name any more, for as long as several look-ups.
      try await names.tell(hosts: "127.0.0.2 other.test\n")
      let gone = try await checker.logged("app.test: ")
      #expect(gone.text.contains("not found; what was found before stays (1)"), "\(gone)")
      #expect(try await metric(checker, "quorate_lookups_total{result=\"not_found\"}") { $0 >= 4 })
      try await expectPage(checker, page([second.peer]))
      let source = "name app.test:\(first.port)"
      #expect(
        try await metric(checker, "quorate_source_trouble{upstream=\"app\",from=\"\(source)\"}") { $0 == 1 })
      let api = try await checker.get("/api/v1/upstreams/app").body
      #expect(api.contains("\"from\":\"\(source)\"") && api.contains("\"trouble\":{\"since_ms\":"), "\(api)")
      let peer = try await checker.get("/api/v1/upstreams/app/peers/\(second.peer)").body
      #expect(peer.contains("\"from\":\"\(source)\""), "\(peer)")
      let html = try await checker.get("/?upstream=app").body
      #expect(html.contains("Not found: \(source)"), "\(html)")

      // Nobody answers: the settings are read again all the same.
      await names.stop()
      checker.readSettingsAgain()
      try await checker.logged("the settings were read again")
      try await expectPage(checker, page([second.peer]))
      #expect(try await metric(checker, "quorate_lookups_total{result=\"failed\"}") { $0 >= 2 })
      try await expectPage(checker, page([second.peer]))

      try await names.start()
      try await names.tell(hosts: "127.0.0.1 app.test\n")
      try await checker.logged("app.test is found again")
      try await expectPage(checker, page([first.peer]))
      #expect(await checker.process.stop() == .exit(0))
      await names.stop()
    }

    /// Ports and priorities come from the name server, too.
    @Test func aServiceIsFollowed() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      func record(_ backend: Backend, _ priority: Int) -> String {
        "--srv-host=_http._tcp.app.test,here.test,\(backend.port),\(priority),7"
      }
      let names = try await Dnsmasq(
        hosts: "127.0.0.1 here.test\n", [record(backends[0], 1), record(backends[1], 5)])
      let folder = try TestFolder()
      let file = try folder.write("quorate.yaml", settings(names.address, "srv: _http._tcp.app.test"))
      let checker = try await QuorateServer(["--config", file])
      try await expectPage(checker, page([backends[0].peer], backup: [backends[1].peer]))

      await names.stop()
      try await names.start([record(backends[1], 5), record(backends[2], 9)])
      try await expectPage(checker, page([backends[1].peer], backup: [backends[2].peer]))
      let api = try await checker.get("/api/v1/upstreams/app").body
      #expect(api.contains("\"from\":\"srv _http._tcp.app.test\""), "\(api)")
      await checker.end()
      await names.stop()
    }

    /// nginx's own rule: without `resolve` a name means what it meant when the configuration was read.
    @Test func namesOfNginxAreFollowedWhereTheySayResolve() async throws {
      let backends = [
        try Backend(.ok), try Backend(.ok, at: .ipv4(host: "127.0.0.2")),
      ]
      defer { for backend in backends { backend.stop() } }
      let names = try await Dnsmasq(hosts: "127.0.0.1 app.test\n")
      let folder = try TestFolder()
      let port = backends[0].port
      try folder.write(
        "nginx.conf",
        "http { upstream app { server app.test:\(port) resolve; server localhost:\(port) backup; } }\n")
      let file = try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        resolver: \(names.address)
        nginx: nginx.conf
        defaults: {resolve_interval: 1s}
        upstreams: [{upstream: app, type: tcp, interval: 100ms}]

        """)
      let checker = try await QuorateServer(["--config", file])
      try await names.tell(hosts: "127.0.0.1 app.test\n127.0.0.2 app.test\n")
      try await checker.logged("app: 127.0.0.2:\(port) comes")
      await names.stop()
      await checker.end()
    }

    @Test func whatIsNotFoundAtTheStartIsSaid() async throws {
      let names = try await Dnsmasq()
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", settings(names.address, "srv: _a._tcp.test, peers: [\"gone.test\", \"127.0.0.1:1\"]"))
      for words in [["serve", "--config", file], ["config", "check", file]] {
        let result = try await QuorateServer.run(words)
        #expect(result.end == .exit(2))
        #expect(result.error.contains("host not found: \"gone.test\" ("), "\(result)")
        #expect(result.error.contains("service not found: \"_a._tcp.test\" ("), "\(result)")
      }
      await names.stop()
    }

    // MARK: Files

    /// Renamed into place, as careful programs write.
    @Test func aFileThatIsReplacedIsFollowed() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", settings("127.0.0.1:1", "peers_file: peers.json"))
      try folder.write("peers.json", "[\"\(backends[0].peer)\"]")
      let checker = try await QuorateServer(["--config", file])
      try await expectPage(checker, page([backends[0].peer]))

      // An atomic write is a rename.
      try folder.write(
        "peers.json",
        "[{\"targets\": [\"\(backends[1].peer)\"]}, {\"targets\": [\"\(backends[2].peer)\"], \"labels\": {\"role\": \"backup\"}}]"
      )
      try await expectPage(checker, page([backends[1].peer], backup: [backends[2].peer]))

      try folder.write("peers.json", "[\"\(backends[0].peer)\",\n \"127.0.0.1:port\"]")
      let bad = try await checker.logged("peers.json:2:2: \"port\" in \"127.0.0.1:port\" is not a port; give")
      try await checker.logged("peers.json was not taken: app keeps its peers", from: bad.next - 1)
      try await expectPage(checker, page([backends[1].peer], backup: [backends[2].peer]))
      let reads = "quorate_peers_file_reads_total{upstream=\"app\",from=\"file peers.json\""
      #expect(try await metric(checker, "\(reads),result=\"refused\"}") { $0 == 1 })
      #expect(try await metric(checker, "\(reads),result=\"taken\"}") { $0 == 1 })
      let html = try await checker.get("/?upstream=app").body
      #expect(html.contains("Not read: file peers.json"), "\(html)")

      try folder.write("peers.json", "[\"\(backends[0].peer)\"]")
      try await expectPage(checker, page([backends[0].peer]))
      await checker.end()
    }

    /// As Kubernetes exchanges a ConfigMap: the file is a link through a link, and that one is replaced.
    @Test func aLinkThatIsExchangedIsFollowed() async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let folder = try TestFolder()
      for (name, backend) in zip(["one", "two"], backends) {
        try folder.make(name)
        try folder.write("\(name)/peers", "\(backend.peer)\n")
      }
      func link(_ target: String, _ name: String) throws {
        guard symlink(target, "\(folder.path)/\(name).new") == 0,
          rename("\(folder.path)/\(name).new", "\(folder.path)/\(name)") == 0
        else { throw TestServerError("no link: \(errno)") }
      }
      try link("one", "..data")
      try link("..data/peers", "peers")
      // As if all had been there for long: what is new is read again for two seconds anyhow.
      for name in ["one/peers", "two/peers", "..data", "peers"] {
        let times = [
          timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0),
        ]
        let failed = utimensat(AT_FDCWD, "\(folder.path)/\(name)", times, AT_SYMLINK_NOFOLLOW)
        guard failed == 0 else { throw TestServerError("no time: \(errno)") }
      }
      let file = try folder.write("quorate.yaml", settings("127.0.0.1:1", "peers_file: peers"))
      let checker = try await QuorateServer(["--config", file])
      try await expectPage(checker, page([backends[0].peer]))
      try link("two", "..data")
      try await expectPage(checker, page([backends[1].peer]))
      try link("one", "..data")
      try await expectPage(checker, page([backends[0].peer]))
      await checker.end()
    }
  }
}
