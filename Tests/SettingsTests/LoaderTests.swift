import Addresses
import Health
import Settings
import Testing

/// Files, flags and how they are put together.
struct LoaderTests {
  @Test func flagsGoBeforeFiles() throws {
    let flags = Overrides(
      namespace: "n", node: "me", listen: "0.0.0.0:0", redis: "redis://r",
      peers: ["127.0.0.1:1", "backend:2"])
    let loaded = try load(
      yaml: "namespace: a\nnode: b\nlisten: 127.0.0.1:1\nredis: redis://s\n", flags: flags
    ).get()
    #expect(loaded.settings.namespace == "n")
    #expect(loaded.settings.node == "me")
    #expect("\(loaded.settings.listen)" == "0.0.0.0:0")
    #expect(loaded.settings.redis?.secretText == "redis://r")
    #expect(try loaded.peers("default") == ["127.0.0.1:1 primary", "backend:2 primary"])
    #expect(try loaded.upstream("default").checker == Checker(kind: .tcp))
  }

  @Test func adHocPeersFollowTheDefaults() throws {
    let yaml = #"defaults: {type: http, http_req: "GET / HTTP/1.0\r\n\r\n", interval: 5s}"#
    let loaded = try load(yaml: yaml, flags: Overrides(peers: ["127.0.0.1:1"])).get()
    let checker = try #require(try loaded.upstream("default").checker)
    #expect(checker.kind == .http)
    #expect(checker.intervalMs == 5000)
  }

  @Test func badFlagsHaveTheFlagForTheirLocation() {
    let flags = Overrides(
      namespace: "a/b", node: "", listen: "8080", redis: "secret",
      peers: ["127.0.0.1:0", "127.0.0.1:1", "127.0.0.1:1"])
    #expect(
      loader.load(flags: flags).lines == [
        "--listen: \"8080\" names no host to listen on; write host:port, like 127.0.0.1:8080, or 0.0.0.0:8080 for "
          + "every address of this machine",
        "--namespace: namespace \"a/b\" cannot be a name; use 1 to 64 of the characters A-Z a-z 0-9 _ . -",
        "--node: node \"\" cannot be a name; use 1 to 64 of the characters A-Z a-z 0-9 _ . -",
        "--peer: \"0\" in \"127.0.0.1:0\" is not a port; give a number from 1 to 65535",
        "--peer: peer 127.0.0.1:1 is in upstream \"default\" already (--peer); remove one of them: what is known of a "
          + "peer is kept under its name",
        "--redis: the Redis URL does not begin with redis://, rediss://, unix:// or one of redis+sentinel://, "
          + "rediss+sentinel://, redis+cluster:// and rediss+cluster://; write redis://host:6379/0, "
          + "rediss://host:6379/0 (TLS), unix:///path/of/socket, redis+sentinel://host1,host2/master or "
          + "redis+cluster://host1,host2",
      ])
  }

  @Test func nothingAtAllIsAProblem() {
    #expect(
      loader.load().lines == [
        "--config: there is nothing to check; give --config FILE, --nginx FILE or --peer HOST:PORT"
      ])
  }

  @Test func theUpstreamOfPeersMustBeFree() throws {
    let yaml = "upstreams: [{upstream: default, type: tcp, peers: []}]"
    #expect(
      try load(yaml: yaml, flags: Overrides(peers: ["127.0.0.1:1"])).lines == [
        "--peer: upstream \"default\" is configured already (q.yaml:1:13); rename or remove one of them"
      ])
  }

  @Test(arguments: [
    ("/nonexistent/q.yaml", "No such file or directory"), ("/", "it is a directory"),
    ("/dev/null", "it is not a regular file"), ("a\0b", "the path has a zero byte in it"),
    ("", "No such file or directory"),
  ]) func unreadableFiles(_ path: String, _ why: String) {
    let shown = path.replacing("\0", with: "\u{FFFD}")
    let line = "\(path):1:1: \"\(shown)\" cannot be read: \(why); check the path and its permissions"
    #expect(loader.load(config: path).lines == [line])
    #expect(loader.load(nginx: path).lines == [line])
  }

  @Test func tooLargeFiles() throws {
    let folder = try Folder()
    let path = try folder.write(
      "big.yaml", [UInt8](repeating: UInt8(ascii: "#"), count: Limits.fileBytes + 1))
    #expect(
      loader.load(config: path).without(folder).lines == [
        "big.yaml:1:1: \"big.yaml\" is larger than 8 MiB; is it the right file?"
      ])
  }

  @Test(arguments: [
    [UInt8](arrayLiteral: 0xff), [0x61, 0xc3], [0x61, 0x0a, 0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98],
  ]) func notUTF8(_ bytes: [UInt8]) throws {
    let folder = try Folder()
    let path = try folder.write("q.yaml", bytes)
    let lines = loader.load(config: path).without(folder).lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("is not UTF-8") == true)
  }

  @Test func tooManyNetworks() throws {
    let networks = (0...1000).map { "10.0.\($0 / 256).\($0 % 256)" }
    #expect(
      try load(yaml: "allow: [\(networks.joined(separator: ", "))]").lines == [
        "q.yaml:1:8: allow has 1001 networks; give at most 1000"
      ])
    let rules = networks.map { "allow \($0);" }.joined()
    #expect(
      try load(nginx: "location / { \(rules) deny all; content_by_lua 'hc.status_page()'; }").lines == [
        "nginx.conf:1:1: allow has 1001 networks; give at most 1000"
      ])
  }

  @Test func nginxOfTheYamlIsFoundBesideIt() throws {
    let folder = try Folder()
    try folder.write("etc/nginx/nginx.conf", "include up/*.conf;")
    try folder.write(
      "etc/nginx/up/a.conf", "upstream a { server 127.0.0.1:1; } upstream b { server 127.0.0.1:2; }")
    let yaml = """
      nginx: nginx/nginx.conf
      defaults: {fall: 9}
      upstreams:
        - {upstream: b, type: tcp}
        - {upstream: c, type: tcp, peers: [127.0.0.1:3]}
      """
    let path = try folder.write("etc/q.yaml", yaml)
    let loaded = try loader.load(config: path, flags: Overrides(peers: ["[::1]:1"])).without(folder).get()
    #expect(loaded.settings.upstreams.map(\.name.text) == ["a", "b", "c", "default"])
    #expect(loaded.settings.upstreams.map { $0.checker?.thresholds.fall } == [nil, 9, 9, 9])
    #expect(loaded.sources == ["etc/q.yaml", "etc/nginx/nginx.conf", "etc/nginx/up/a.conf"])
    #expect(loaded.notices.count == 1)
  }

  @Test func theFlagsNginxGoesBeforeTheYamls() throws {
    let folder = try Folder()
    let nginx = try folder.write("other.conf", "upstream other { server 127.0.0.1:1; }")
    let path = try folder.write("q.yaml", "nginx: nothing.conf\nallow: [all]\n")
    let settings = try loader.load(config: path, nginx: nginx).get().settings
    #expect(settings.upstreams.map(\.name.text) == ["other"])
    #expect(settings.allow == [.all])
  }

  @Test func problemsOfAllFilesComeTogether() throws {
    let folder = try Folder()
    try folder.write("n.conf", "upstream a { server 127.0.0.1:x; }")
    let path = try folder.write(
      "q.yaml", "nginx: n.conf\nlease: 1\nupstreams: [{upstream: a, type: tcp}, {upstream: zz, type: tcp}]\n")
    #expect(
      loader.load(config: path, flags: Overrides(node: " ")).without(folder).lines == [
        "--node: node \" \" cannot be a name; use 1 to 64 of the characters A-Z a-z 0-9 _ . -",
        "n.conf:1:21: \"x\" in \"127.0.0.1:x\" is not a port; give a number from 1 to 65535",
        "q.yaml:2:8: lease 1 is out of range; give 1s to 10m",
        "q.yaml:3:39: upstream \"zz\" has no peers; add peers: [127.0.0.1:80]",
      ])
  }

  @Test(arguments: [
    ("web-1.example", "web-1.example"), ("my host", "my-host"), ("", "node"), ("ünï", "-n-"),
    (String(repeating: "x", count: 80), String(repeating: "x", count: 64)),
  ]) func hostNamesBecomeNodeNames(_ host: String, _ node: String) throws {
    let loader = SettingsLoader(environment: [:], hostName: host, lua: lua)
    #expect(try loader.load(flags: Overrides(peers: ["127.0.0.1:1"])).get().settings.node == node)
  }

  @Test func thisMachineHasAName() throws {
    let loader = SettingsLoader(environment: [:], lua: lua)
    #expect(NameRule.plain.allows(try loader.load(flags: Overrides(peers: ["a:1"])).get().settings.node))
  }

  @Test(arguments: [
    ("nginx.conf", "", true), ("nginx.conf", "# nothing\n", true), ("q.yaml", "", false),
    ("q", "# x\n", false),
    ("shop", "server { listen 80; }", true), ("shop", "\u{FEFF}# x\n\nserver\n{", true),
    ("q.yaml", "user www;", true),
    ("shop", "proxy_set_header Host $host;", true), ("q.conf", "namespace: a\n", false),
    ("q.conf", "upstreams: []", false),
    ("q", "node : a\nredis: b;c\n", false), ("q", "'node': a", false), ("q.conf", "--- {}\n", false),
    ("q.conf", "{node: a}", true), ("q", "{node: a}", false),
    ("q", "upstreams:\n- upstream: a\n  http_req: 'a {;'\n", false),
    ("q", "one\ntwo\n", false), ("shop", "if ($x) {", true), ("q", "- a", false), ("q", "} x;", false),
  ]) func filesAreToldApartByWhatIsInThem(_ name: String, _ text: String, _ isNginx: Bool) throws {
    let folder = try Folder()
    #expect(SettingsLoader.isNginx(path: try folder.write(name, text)) == isNginx)
  }

  @Test func nginxInBytesIsToldApart() throws {
    let folder = try Folder()
    let path = try folder.write("shop", Array("# f".utf8) + [0xFC] + Array("r\nserver { }".utf8))
    #expect(SettingsLoader.isNginx(path: path))
    #expect(
      loader.load(config: path).without(folder).lines == [
        "shop:1:1: this is an nginx configuration and no YAML; give it with --nginx, or name it in YAML: nginx: FILE"
      ])
    #expect(!SettingsLoader.isNginx(path: "/nonexistent/q"))
    #expect(SettingsLoader.isNginx(path: "/nonexistent/nginx.conf"))
  }

  /// All upstreams gone at once is an accident until somebody writes it out.
  @Test(
    arguments: [
      ("", nil, false), ("# nothing\n", nil, false), ("upstreams:\n", nil, false),
      ("upstreams: []\n", nil, true),
      ("upstreams: [{upstream: a, type: tcp, peers: []}]", nil, nil), ("", "events { }", false),
      ("upstreams: []\n", "events { }", false), ("upstreams: []\n", "upstream a { server h; }", nil),
      ("defaults: {}", "", false),
    ] as [(String, String?, Bool?)]) func emptiness(_ yaml: String, _ nginx: String?, _ isMeant: Bool?) throws
  {
    let folder = try Folder()
    let file = try folder.write("q.yaml", yaml)
    let conf = try nginx.map { try folder.write("n.conf", $0) }
    let emptiness = try loader.load(config: file, nginx: conf).get().emptiness
    #expect(emptiness?.isMeant == isMeant)
    #expect((emptiness?.notice == nil) == (isMeant ?? true))
    #expect((emptiness?.refusal == nil) == (isMeant ?? true))
  }

  @Test(arguments: [
    ("redis://127.0.0.1", "redis://127.0.0.1"), ("redis://h:6380/5", "redis://h:6380/5"),
    ("redis://:pw@h/", "redis://:***@h/"), ("redis://me:pw@h:1", "redis://me:***@h:1"),
    ("redis://:pw@[::1]:1/0", "redis://:***@[::1]:1/0"), ("redis://a:b@c:d@h", "redis://a:***@h"),
    ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ("unix://me:pw@/run/r?database=1", "unix://me:***@/run/r?database=1"),
    ("redis://me:@h?password-file=/run/secret", "redis://me:***@h?password-file=/run/secret"),
  ]) func passwordsAreNotShown(_ text: String, _ shown: String) throws {
    let url = try #require(try load(yaml: "redis: '\(text)'").get().settings.redis)
    #expect(url.secretText == text)
    #expect("\(url)" == shown)
    #expect(String(reflecting: url) == shown)
    var dumped = ""
    dump(NodeSettings(node: "n", redis: url), to: &dumped)
    #expect(dumped.contains(shown))
    #expect(!dumped.contains("pw"))
  }

  @Test(arguments: [
    "redis://:pw@", "redis://pw@h", "redis://:pw@h:0", "redis://:pw@h/0/1", "redis://:pw@h/123456",
    "redis:///", "h",
    "unix://", "unix:///", "unix://:pw@", "unix://:pw@run/redis",
  ])
  func badRedisAddressesAreNotQuoted(_ text: String) throws {
    let lines = try load(yaml: "redis: '\(text)'").lines
    #expect(lines.count == 1)
    #expect(!lines.joined().contains("pw"))
  }
}

extension NodeSettings {
  init(node: String, redis: RedisURL) {
    self.init(node: node)
    self.redis = redis
  }
}
