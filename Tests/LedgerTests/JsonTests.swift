import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct JsonTests {
  private let upstream = LedgerContract.upstream

  @Test func anEventHasTheShapeOfTheDesign() {
    let event = LedgerEvent(
      upstream: upstream, seq: 7, term: 3, run: "r", leader: "a", atMs: 5,
      change: .transition(
        Transition(
          peer: PeerName("127.0.0.1:80"), role: .backup, from: .up, to: .down, reason: "L4CON", detail: "why",
          votes: Votes(up: 1, down: 2, assigned: 3, quorum: .majority, wanted: 5))))
    #expect(
      JsonText.encode(event) == """
        {"at_ms":5,"detail":"why","from":"up","leader":"a","peer":"127.0.0.1:80","reason":"L4CON","role":"backup",\
        "run":"r","seq":7,"term":3,"to":"down","type":"transition","upstream":"foo.com","v":1,\
        "votes":{"assigned":3,"down":2,"needed":2,"up":1,"wanted":5}}
        """)
  }

  /// Only who is deaf says so: the text of all others is as it was.
  @Test func aMemberSaysThatItIsDeaf() throws {
    var member = Member(node: "a", run: "r", beat: 1)
    #expect(!JsonText.encode(member).contains("deaf"))
    member.isDeaf = true
    #expect(JsonText.encode(member).contains("\"deaf\":true"))
    #expect(try JsonText.decode(Member.self, from: JsonText.encode(member)) == member)
  }

  @Test func aPeerObjectHasTheShapeOfTheDesign() {
    #expect(
      JsonText.encode(LedgerContract.record(.down, sinceMs: 9)) == """
        {"decided":"down","evidence":"confirmed","override":null,"peer":"127.0.0.1:80","reason":"L4CON",\
        "role":"primary","since_ms":9,"status":"down","votes":{"assigned":1,"down":1,"needed":1,"up":0,"wanted":1}}
        """)
  }

  /// Older builds wrote less.
  @Test func whatAnOlderBuildWroteIsRead() throws {
    let votes = try JsonText.decode(Votes.self, from: #"{"assigned":3,"down":2,"needed":2,"up":1}"#)
    #expect(votes == Votes(up: 1, down: 2, assigned: 3, quorum: .majority))
    let member = try JsonText.decode(
      Member.self,
      from: #"{"at_ms":5,"beat":4,"digest":"d","leaving":false,"node":"a","rev":1,"run":"r","warm":true}"#)
    #expect(member == Member(node: "a", run: "r", beat: 4, digest: "d", isWarm: true, revision: 1, atMs: 5))
    let now = Member(node: "a", run: "r", beat: 4, from: 2, atMs: 5)
    #expect(try JsonText.decode(Member.self, from: JsonText.encode(now)) == now)
  }

  @Test(arguments: [
    LedgerEvent.Change.resync, .definition(digest: "0123"), LedgerContract.transition(to: .up),
    LedgerContract.transition(to: .down),
  ])
  func anEventReadsBackAsItWas(change: LedgerEvent.Change) throws {
    let event = LedgerEvent(
      upstream: upstream, seq: 99_999_999_999_999, term: 2, run: "r", leader: "n", atMs: 4, change: change)
    #expect(try JsonText.decode(LedgerEvent.self, from: JsonText.encode(event)) == event)
  }

  @Test func aRecordReadsBackAsItWas() throws {
    var record = LedgerContract.record(.up, sinceMs: 4)
    #expect(try JsonText.decode(PeerRecord.self, from: JsonText.encode(record)) == record)
    record.override = Override(state: .drain, by: "me", why: "a \"disk\"", atMs: 5, rev: 2)
    let read = try JsonText.decode(PeerRecord.self, from: JsonText.encode(record))
    #expect(read == record && read.override?.rev == 2)
    let assumed = PeerRecord(
      assumed: PeerDefinition(name: LedgerContract.peer, role: .backup, startsDown: true))
    #expect(try JsonText.decode(PeerRecord.self, from: JsonText.encode(assumed)) == assumed)
  }

  static let checkers: [Checker] = {
    var full = Checker(kind: .http, request: Array("GET / HTTP/1.0\r\n\r\n".utf8))
    full.validStatuses = [200, 302]
    full.fastIntervalMs = 100
    full.concurrency = 3
    full.port = 81
    full.close = .reset
    full.quorum = .count(2)
    full.respectDown = true
    var bytes = Checker(kind: .http, request: [0xff, 0x00, 0x80])
    bytes.quorum = .all
    var any = Checker(kind: .tcp)
    any.quorum = .any
    return [full, bytes, any] + expecting
  }()

  static let expecting: [Checker] = {
    var composed = Checker(kind: .http)
    composed.parts = RequestParts(
      method: "POST", path: "/a", headers: [.init(name: "A", value: "b")], body: [0xff, 0x00])
    composed = composed.composed(for: "foo.com")
    composed.degradedAboveMs = 300
    composed.expectations = Expectations(
      headers: [
        HeaderExpectation(name: "A", test: .present), HeaderExpectation(name: "B", test: .equals("c")),
        HeaderExpectation(name: "D", test: .matches("^e")),
      ], bodyContains: ["ok"], bodyMatches: ["a|b"],
      json: [
        JsonExpectation(path: "$.a", value: .string("1")),
        JsonExpectation(path: "$.b", value: .number("1.50")),
        JsonExpectation(path: "$.c", value: .bool(false)), JsonExpectation(path: "$.d", value: .null),
      ], readLimit: 9)
    var talking = Checker(kind: .tcp)
    talking.steps = [
      DialogStep(send: [0xff], expect: .contains([0xfe])), DialogStep(send: Array("a".utf8)),
      DialogStep(expect: .matches("^b")), DialogStep(expect: .contains(Array("c".utf8))),
    ]
    var streamed = composed
    streamed.usesHTTP2 = true
    var grpc = Checker(kind: .grpc)
    grpc.parts = .grpcHealth(hostHeader: "a", headers: [.init(name: "A", value: "b")])
    grpc.grpcService = "shop.Cart"
    grpc.tls = TLSOptions(host: "a")
    return [composed, talking, streamed, grpc]
  }()

  /// A node of before these options was written still finds what it knows.
  @Test func whatIsComposedStandsBesideWhatItIsComposedOf() throws {
    let text = JsonText.encode(Self.expecting[0])
    #expect(text.contains(#""http_req_base64":""#))
    var plain = Self.expecting[0]
    plain.parts?.body = []
    plain = plain.composed(for: "x")
    #expect(JsonText.encode(plain).contains(#""http_req":"POST /a HTTP/1.1\r\nHost: foo.com\r\n"#))
  }

  /// Definitions that say nothing of HTTP/2 have the digest that older nodes compute, and theirs are read.
  @Test func whatIsNotSaidIsLeftOut() throws {
    let text = JsonText.encode(Self.expecting[0])
    #expect(!text.contains("http_version") && !text.contains("grpc_service"))
    #expect(JsonText.encode(Self.expecting[2]).contains(#""http_version":2"#))
    #expect(try JsonText.decode(Checker.self, from: text) == Self.expecting[0])
  }

  @Test(arguments: checkers)
  func aDefinitionReadsBackAsItWas(checker: Checker) throws {
    let definition = UpstreamDefinition(
      name: upstream, checker: checker,
      peers: [
        PeerDefinition(name: PeerName("a:1")),
        PeerDefinition(name: PeerName("b:1"), role: .backup, startsDown: true),
        PeerDefinition(
          name: PeerName("c:1"), overrides: PeerOverrides(port: 1, host: "h", hostHeader: "i", path: "/j")),
        PeerDefinition(name: PeerName("d:1"), overrides: PeerOverrides(path: "/j")),
      ])
    let read = try JsonText.decode(UpstreamDefinition.self, from: JsonText.encode(definition))
    #expect(read == definition && read.digest == definition.digest)
  }

  @Test func theDigestTellsDefinitionsApart() {
    var definition = UpstreamDefinition(name: upstream, checker: Checker(kind: .tcp), peers: [])
    let before = definition.digest
    definition.checker?.intervalMs += 1
    #expect(definition.digest != before && before.count == 16)
    let fast = definition.digest
    definition.checker?.respectDown = true
    #expect(definition.digest != fast)
    var digests: Set = [definition.digest]
    let changes: [(inout Checker) -> Void] = [
      { $0.usesHTTP2 = true }, { $0.grpcService = "shop.Cart" }, { $0.kind = .grpc },
      { $0.degradedAboveMs = 300 }, { $0.parts = RequestParts() }, { $0.steps = [DialogStep(send: [1])] },
      { $0.expectations = Expectations(bodyContains: ["a"]) },
    ]
    for change in changes {
      var changed = definition
      if var checker = changed.checker {
        change(&checker)
        changed.checker = checker
      }
      #expect(digests.insert(changed.digest).inserted)
    }
    definition.peers = [PeerDefinition(name: PeerName("a:1"))]
    let usual = definition.digest
    definition.peers[0].overrides = PeerOverrides(path: "/")
    #expect(definition.digest != usual)
  }

  /// An option that is not used is not written: what was stored before it came keeps its digest.
  @Test func whatIsNotSaidIsNotWritten() {
    let definition = UpstreamDefinition(name: upstream, checker: Checker(kind: .tcp), peers: [])
    #expect(!JsonText.encode(definition).contains("respect_down"))
  }

  /// What did not know the option `close` wrote the same of a definition, so that the digests agree.
  @Test func theUsualCloseIsNotWritten() throws {
    var definition = UpstreamDefinition(name: upstream, checker: Checker(kind: .http), peers: [])
    let before = JsonText.encode(definition)
    #expect(
      before == """
        {"checker":{"fall":5,"http_req":"","interval":1000,"probers":3,"quorum":"majority","rise":2,"timeout":1000,\
        "type":"http","valid_statuses":[]},"peers":[],"upstream":"foo.com"}
        """)
    #expect(try JsonText.decode(UpstreamDefinition.self, from: before).checker?.close == .fin)
    definition.checker?.close = .reset
    #expect(JsonText.encode(definition).contains(#""close":"reset""#))
  }

  @Test(arguments: [
    "", "{}", #"{"v":1,"type":"other"}"#,
    #"{"v":1,"type":"resync","upstream":"a b","seq":1,"term":1,"run":"r","leader":"n","at_ms":1}"#,
    #"{"v":1,"type":"what","upstream":"a","seq":1,"term":1,"run":"r","leader":"n","at_ms":1}"#,
  ])
  func whatIsNoEventIsRefused(text: String) {
    #expect(throws: (any Error).self) { try JsonText.decode(LedgerEvent.self, from: text) }
  }

  @Test(arguments: ["1:a:r:2", "1795400000000:node-1:x9:77"])
  func aLeaseIsItsText(text: String) throws {
    #expect(try #require(Lease(text)).text == text)
  }

  @Test(arguments: [
    "", "1:a:r", "x:a:r:1", "1::r:1", "1:a::1", "1:a:r:b", "1:a:r:1:2", "-1:a:r:1", "+1:a:r:1",
    "100000000000000:a:r:1",
  ])
  func whatIsNoLeaseIsRefused(text: String) {
    #expect(Lease(text) == nil)
  }
}
