import Addresses
import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("JSON")
struct StatusJsonTests {
  static let records: [PeerRecord] = [
    Samples.record("127.0.0.1:80"),
    Samples.record("unix:/run/a b.sock", .backup, .down, evidence: .stale, reason: "L7STS"),
    Samples.record("[::1]:80", evidence: .assumed, since: 0, votes: nil),
    Samples.record(
      Samples.hostile + "\u{7f}\u{8}\u{c}\t\r\u{1f} ü 🗳 \u{2028}", reason: "\"/\\",
      votes: Votes(up: 1, down: 2, assigned: 4, quorum: .all)),
  ]

  @Test("The peer object is what JsonText makes of the record", arguments: records)
  func peerObject(_ record: PeerRecord) {
    #expect(String(decoding: StatusJson.render(record), as: UTF8.self) == JsonText.encode(record))
  }

  @Test("The shape of the status")
  func shape() {
    let peer = JsonText.encode(Samples.bar.peers[0].record)
    let foo = Samples.foo.peers.map { JsonText.encode($0.record) }.joined(separator: ",")
    let expected =
      #"{"stale":true,"upstreams":[{"checker":true,"counts":{"down":1,"forced":0,"total":3,"up":2},"#
      + #""digest":"d","drift":[],"#
      + #""head":{"checked_ms":1795000000500,"digest":"d","leader":"a","run":"r1","seq":12,"#
      + #""term":1795000000001,"whole":true},"leader":null,"#
      + #""name":"foo.com","peers":[\#(foo)],"seq":12,"term":1795000000001,"trouble":null},"#
      + #"{"checker":false,"counts":{"down":0,"forced":0,"total":1,"up":1},"digest":null,"drift":[],"head":null,"#
      + #""leader":null,"name":"bar.com","peers":[\#(peer)],"seq":null,"term":null,"trouble":null}]}"#
    #expect(
      String(decoding: StatusJson.render([Samples.foo, Samples.bar], stale: true), as: UTF8.self) == expected)
    #expect(
      String(decoding: StatusJson.render([], stale: false), as: UTF8.self)
        == #"{"stale":false,"upstreams":[]}"#)
  }

  @Test("Unchanged upstreams are not rendered again, changed ones are")
  func fragments() {
    let board = Samples.board([Samples.foo, Samples.bar])
    let fragments = JsonFragments()
    let first = fragments.page(board.current)
    #expect(first == StatusJson.render(board.current.upstreams, stale: false))
    var changed = Samples.foo
    changed.peers[0].record.status = .down
    board.apply(.upstream(changed))
    let second = fragments.page(board.current)
    #expect(second != first)
    #expect(second == StatusJson.render(board.current.upstreams, stale: false))
  }
}

@Suite("Escaping and small parts")
struct SmallPartsTests {
  @Test(
    "Moments",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
      (1_795_402_801_123, "2026-11-23T03:00:01.123Z", "Mon, 23 Nov 2026 03:00:01 GMT"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
      (-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z", "Sun, 28 Feb 2100 23:59:59 GMT"),
    ] as [(Int64, String, String)])
  func moments(_ ms: Int64, _ rfc3339: String, _ http: String) {
    #expect(Instant(ms: ms).rfc3339 == rfc3339)
    #expect(Instant(ms: ms).httpDate == http)
  }

  @Test("Paths and queries")
  func paths() {
    #expect(Query.segments(of: "/") == [])
    #expect(Query.segments(of: "/status/") == ["status"])
    #expect(Query.segments(of: "/a/unix:%2Frun%2fx/b") == ["a", "unix:/run/x", "b"])
    #expect(Query.segments(of: "/%5B::1%5D:80") == ["[::1]:80"])
    for bad in ["/%", "/%4", "/%zz", "/%ff", "/%+1"] { #expect(Query.segments(of: bad) == nil) }
    #expect(Query.values(of: "a=1&b=x+y%26&c&a=2") == ["a": "2", "b": "x y&", "c": ""])
    #expect(Query.values(of: "a=%") == nil)
    let text = "unix:/run/ä b"
    #expect(PercentCoding.decode(PercentCoding.encode(text)[...]) == text)
  }

  @Test(
    "If-None-Match",
    arguments: [
      ("\"x\"", true), ("W/\"x\"", true), ("\"y\", \"x\"", true), ("*", true), ("\"y\"", false), ("x", false),
      ("", false),
    ])
  func etag(_ header: String, _ matches: Bool) {
    #expect(ETag.matches("\"x\"", header) == matches)
  }

  @Test("A strip of many peers shows the worst of each mark")
  func strip() {
    var conditions = [PeerCondition](repeating: .up, count: 10_000)
    conditions[5000] = .down
    let marks = PeerStrip.bucketed(conditions)
    #expect(marks.count == PeerStrip.marks)
    #expect(marks.filter { $0.worst == .down }.count == 1)
    var html = Html()
    PeerStrip.write(conditions, to: &html)
    #expect(String(decoding: html.bytes, as: UTF8.self).ranges(of: "<rect").count == 4)
  }

  @Test("Numbers and durations")
  func words() {
    #expect([0, 999, 1000, 1_234_567].map(Words.number) == ["0", "999", "1,000", "1,234,567"])
    #expect([2, 500, 1000, 1500, 60_000].map(Words.setting) == ["2 ms", "500 ms", "1 s", "1.5 s", "60 s"])
    #expect(
      [90, 400, 12_000, 1_250_000].map { Words.measured(micros: $0) } == [
        "90 µs", "0.4 ms", "12 ms", "1.2 s",
      ])
  }
}
