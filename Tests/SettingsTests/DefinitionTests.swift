import Addresses
import Health
import Naming
import Settings
import Testing

/// What becomes of upstreams with what was found of their names.
struct DefinitionTests {
  private func settings(_ peers: String, _ more: String = "") throws -> NodeSettings {
    try load(yaml: "upstreams:\n- {upstream: a, type: tcp, peers: [\(peers)]}\n\(more)").get().settings
  }

  private func answer(_ question: NameQuestion) -> NameResult {
    switch question.name {
    case "one": addresses(["10.0.0.1"])
    case "two": addresses(["10.0.0.1", "10.0.0.2"])
    case "six": addresses(["2001:DB8::1"])
    case "none": .failure(NameFailure(.empty, "no"))
    case "odd": .success(.services([]))
    default: .failure(NameFailure(.notFound, "Name or service not known"))
    }
  }

  private func addresses(_ texts: [String]) -> NameResult {
    .success(.addresses(texts.compactMap { IPAddress($0) }))
  }

  /// Its column and its text, without the folder of the file.
  private func shown(_ notice: Notice) -> String {
    "\(notice.location.column): \(notice.text.replacing(#/\/[^ ]*q\.yaml/#, with: "q.yaml"))"
  }

  @Test func eachAddressIsAPeer() throws {
    let settings = try settings(
      "one, 'two:81', six, '[::1]:5', unix:/a, {server: 'two:82', backup: true, down: true}")
    let definitions = try settings.definitions(answer).get().definitions
    #expect(definitions.count == 1)
    #expect(definitions[0].checker == Checker(kind: .tcp))
    #expect(
      definitions[0].peers.map { "\($0.name) \($0.role) \($0.startsDown)" } == [
        "10.0.0.1:80 primary false", "10.0.0.1:81 primary false", "10.0.0.2:81 primary false",
        "[2001:db8::1]:80 primary false", "[::1]:5 primary false", "unix:/a primary false",
        "10.0.0.1:82 backup true", "10.0.0.2:82 backup true",
      ])
  }

  @Test func allProblemsComeTogether() throws {
    let settings = try settings(
      "one, '10.0.0.1:80', two, none, odd, gone", "- {upstream: b, type: tcp, peers: [one, gone]}")
    let lines = settings.definitions(answer).lines
    #expect(
      lines.map { $0.replacing(#/\/[^ (]*q\.yaml/#, with: "q.yaml") }
        == [
          "q.yaml:2:61: host \"none\" has no address; correct the name, or give the address itself",
          "q.yaml:2:67: host \"odd\" has no address; correct the name, or give the address itself",
          "q.yaml:2:72: host not found: \"gone\" (Name or service not known); correct the name, or give the address itself",
          "q.yaml:3:41: host not found: \"gone\" (Name or service not known); correct the name, or give the address itself",
        ])
  }

  /// What nobody checks stops nobody: it is said, and shown as far as it goes.
  @Test func oddUpstreamsThatNobodyChecks() throws {
    let settings = try settings(
      "one", "- {upstream: b, type: none, peers: [gone, one, '10.0.0.1:80', two, none, odd]}")
    let resolved = try settings.definitions(answer).get()
    #expect(
      resolved.definitions.map { $0.peers.map(\.name.text) } == [
        ["10.0.0.1:80"], ["10.0.0.1:80", "10.0.0.2:80"],
      ])
    #expect(
      resolved.notices.map(shown) == [
        "37: host not found: \"gone\" (Name or service not known); nobody checks it: it is left out",
        "48: peer 10.0.0.1:80 is in upstream \"b\" already (q.yaml:3:43); it counts once",
        "63: peer 10.0.0.1:80 is in upstream \"b\" already (q.yaml:3:43); it counts once",
        "68: host \"none\" has no address; nobody checks it: it is left out",
        "74: host \"odd\" has no address; nobody checks it: it is left out",
      ])
  }

  /// Peers that are only shown give way to those that are checked.
  @Test func whatIsOnlyShownGivesWay() throws {
    let many = (0..<50).map { "h\($0)" }.joined(separator: ", ")
    let settings = try settings(
      many, "- {upstream: b, type: none, peers: [one]}\n- {upstream: c, type: none, peers: [h1]}\n")
    let resolved = try settings.definitions { question in
      let high = question.name.dropFirst()
      return addresses(
        question.name == "one" ? ["10.0.0.1"] : (0..<1999).map { "10.\(high).\($0 / 256).\($0 % 256)" })
    }.get()
    #expect(resolved.definitions.map(\.peers.count) == [99_950, 1, 0])
    #expect(
      resolved.notices.map(\.text) == [
        "its peers are left out: there are more than 100000 with all addresses looked up"
      ])
  }

  @Test func hostsAreNamedOnce() throws {
    #expect(try settings("one, 'one:1', '10.0.0.1', unix:/a, two").hosts == ["one", "two"])
  }

  /// With the rules of all who ask.
  @Test func eachNameIsAskedForOnce() throws {
    let settings = try settings(
      "'one:1', 'one:2'",
      """
      - {upstream: b, type: none, peers: [one], resolve_interval: 5s, resolve_keep: 1h}
      - {upstream: c, type: none, peers: [{srv: _a._tcp.test}, {server: 'two:1', resolve: once}]}
      """)
    #expect(
      settings.names == [
        .host("one"): NameRules(intervalMs: 5000), .service("_a._tcp.test"): NameRules(intervalMs: 30_000),
        .fixed("two"): NameRules(intervalMs: 30_000),
      ])
    #expect(settings.upstreams[1].names == [.host("one"): NameRules(intervalMs: 5000, keepMs: 3_600_000)])
  }

  /// Whether a clash keeps the settings from being used: not where it may be over tomorrow.
  @Test func clashesOfPeersThatMoveAreNotices() throws {
    let loaded = try load(
      nginx: "http { upstream a { server one; server two; } init_worker_by_lua_block { \(Self.checker) } }"
    ).get()
    #expect(loaded.settings.definitions(answer).lines.count == 1)
    let followed = try settings("one, two").definitions(answer).get()
    #expect(followed.definitions[0].peers.map(\.name.text) == ["10.0.0.1:80", "10.0.0.2:80"])
    #expect(
      followed.notices.map(shown) == [
        "41: peer 10.0.0.1:80 is in upstream \"a\" already (q.yaml:2:36); it counts once"
      ])
  }

  private static let checker =
    "require(\"resty.upstream.healthcheck\").spawn_checker{shm = \"s\", upstream = \"a\", type = \"tcp\"}"

  @Test func peersTellWhereTheyComeFrom() throws {
    let settings = try settings("one, '10.0.0.9:1', {srv: _a._tcp.test}, {server: 'six:1', resolve: once}")
    let definitions = try settings.definitions { question in
      question == .service("_a._tcp.test")
        ? .success(.services([ServiceRecord(target: "two", port: 5, priority: 0)])) : answer(question)
    }.get().definitions
    #expect(
      definitions[0].peers.map { "\($0.name): \($0.source ?? "-")" } == [
        "10.0.0.1:80: name one:80", "10.0.0.9:1: -", "10.0.0.1:5: srv _a._tcp.test",
        "10.0.0.2:5: srv _a._tcp.test", "[2001:db8::1]:1: name six:1",
      ])
  }

  @Test func namesCanHaveTooManyAddresses() throws {
    let settings = try settings((0...50).map { "h\($0)" }.joined(separator: ", "))
    let lines = settings.definitions { question in
      let high = question.name.dropFirst()
      return addresses((0..<2000).map { "10.\(high).\($0 / 256).\($0 % 256)" })
    }.lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("102000 peers with all addresses") == true)
  }
}

extension Result where Failure == Problems {
  fileprivate var lines: [String] {
    if case .failure(let problems) = self {
      problems.description.split(separator: "\n").map(String.init)
    } else {
      []
    }
  }
}
