import Health
import Ledger
import LedgerTestKit
import Testing

/// Records that are written and read with code of their own: the reference is what `Codable` makes of them.
struct JsonRecordTests {
  /// Draws records, with all that a text may hold.
  private struct Draw {
    private var seed: UInt64

    init(_ seed: UInt64) { self.seed = seed }

    mutating func number() -> UInt64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return seed >> 11
    }

    mutating func index(_ count: Int) -> Int { Int(number() % UInt64(count)) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[index(values.count)] }

    mutating func text() -> String {
      let parts = [
        "a", "peer", "\"", "\\", "/", "\n", "\r", "\t", "\u{8}", "\u{c}", "\u{0}", "\u{1f}", "\u{7f}", "é",
        "中",
        "👩‍🚀", "\u{2028}", "\u{fffd}", " ", "{", ",", ":",
      ]
      return (0..<index(9)).map { _ in pick(parts) }.joined()
    }

    mutating func large() -> UInt64 { pick([0, 1, 9, 10, 99, 1_795_400_000_000, 9_007_199_254_740_991]) }

    mutating func state() -> PeerState { pick([.up, .down]) }

    mutating func votes() -> Votes {
      Votes(up: index(4), down: index(4), assigned: index(6), quorum: .count(1 + index(5)), wanted: index(9))
    }

    mutating func override() -> Override {
      Override(
        state: pick([.up, .down, .drain, .auto]), by: text(), why: text(),
        atMs: Int64(large()) * pick([1, -1]), rev: large())
    }

    mutating func report() -> Report {
      Report(
        state: state(), ok: UInt32(index(99)), nok: .max, code: text(), detail: text(),
        micros: pick([0, 1, 10, 100, 999, 1000, 1001, 120_000, 4_294_967_295, UInt32(index(9_999_999))]),
        atMs: Int64(large()), late: pick([true, false]))
    }

    mutating func record() -> PeerRecord {
      PeerRecord(
        peer: PeerName(text()), role: pick([.primary, .backup]), status: state(), decided: state(),
        evidence: pick([.assumed, .confirmed, .stale]), sinceMs: Int64(large()), reason: text(),
        votes: pick([nil, votes()]), override: pick([nil, override()]))
    }

    mutating func event() -> LedgerEvent {
      let transition = Transition(
        peer: PeerName(text()), role: pick([.primary, .backup]), from: state(), to: state(), reason: text(),
        detail: text(), votes: votes())
      let changes: [LedgerEvent.Change] = [
        .transition(transition), .transition(transition), .definition(digest: text()), .resync,
        .override(PeerName(text()), .drain, by: text(), why: text(), rev: large()),
      ]
      return LedgerEvent(
        upstream: LedgerContract.upstream, seq: large(), term: large(), run: text(), leader: text(),
        atMs: Int64(large()), change: pick(changes))
    }

    mutating func batch() -> ReportBatch {
      let reports = (0..<index(4)).map { (PeerName("\($0)" + text()), report()) }
      return ReportBatch(
        upstream: LedgerContract.upstream, node: text(), run: text(), rev: large(), number: large(),
        isWhole: pick([true, false]), reports: Dictionary(uniqueKeysWithValues: reports),
        removed: (0..<index(3)).map { _ in PeerName(text()) })
    }

    /// One byte is another one, is gone or is there twice.
    mutating func spoiled(_ text: String) -> String {
      var bytes = Array(text.utf8)
      let place = index(bytes.count)
      switch index(3) {
      case 0: bytes[place] = pick(Array("\"\\,:{}[]0159.-eE tn ".utf8))
      case 1: bytes.remove(at: place)
      default: bytes.insert(bytes[place], at: place)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private static func check<Record: JsonRecord & Equatable>(_ record: Record, _ draw: inout Draw) throws {
    let text = JsonText.encode(record)
    #expect(text == JsonText.encodeAny(record))
    #expect(try JsonText.decode(Record.self, from: text) == record)
    let spoiled = draw.spoiled(text)
    let read = try? JsonText.decode(Record.self, from: spoiled)
    let wanted = try? JsonText.decodeAny(Record.self, from: spoiled)
    #expect(read == wanted, "\(spoiled)")
  }

  @Test(arguments: 0..<8) func theyAreAsCodableWritesAndReadsThem(seed: UInt64) throws {
    var draw = Draw(seed)
    for _ in 0..<400 {
      try Self.check(draw.votes(), &draw)
      try Self.check(draw.override(), &draw)
      try Self.check(draw.report(), &draw)
      try Self.check(draw.record(), &draw)
      try Self.check(draw.event(), &draw)
      try Self.check(draw.batch(), &draw)
    }
  }
}
