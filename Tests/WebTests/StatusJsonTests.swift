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
      + #""head":{"checked_ms":1795000000500,"digest":"d","leader":"a","panic":false,"run":"r1","seq":12,"#
      + #""term":1795000000001,"whole":true},"leader":null,"#
      + #""name":"foo.com","panic":false,"peers":[\#(foo)],"seq":12,"sources":[],"term":1795000000001,"trouble":null},"#
      + #"{"checker":false,"counts":{"down":0,"forced":0,"total":1,"up":1},"digest":null,"drift":[],"head":null,"#
      + #""leader":null,"name":"bar.com","panic":false,"peers":[\#(peer)],"seq":null,"sources":[],"term":null,"trouble":null}]}"#
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
    let first = fragments.page(board.current, of: "a")
    #expect(first == StatusJson.render(board.current.upstreams, stale: false))
    var changed = Samples.foo
    changed.peers[0].record.status = .down
    board.apply(.upstream(changed))
    let second = fragments.page(board.current, of: "a")
    #expect(second != first)
    #expect(second == StatusJson.render(board.current.upstreams, stale: false))
  }
}

@Suite("Escaping and small parts")
struct SmallPartsTests {
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
}
