import Ledger
import Redis

/// The head as its hash holds it, with what it counts.
struct StoredHead {
  /// What `init` wants of the hash, in this order.
  static let fields = [
    "term", "run", "leader", "seq", "commit", "digest", "checked_ms", "peers", "overrides",
    "words", "lifted", "panic",
  ]

  private(set) var head: Head
  private var peers: Int
  private var overrides: Int

  /// Nil: no commit was ever made, or what is there is no head.
  init?(_ reply: RedisReply) {
    let fields = reply.elements.map { $0.string ?? "" }
    guard fields.count == Self.fields.count, let seq = Self.number(fields[3]) else { return nil }
    head = Head(
      term: Self.number(fields[0]) ?? 0, run: fields[1], leader: fields[2], seq: seq, commit: fields[4],
      digest: fields[5], checkedMs: Int64(Self.number(fields[6]) ?? 0),
      words: Self.number(fields[9]) ?? 0, liftedRev: Self.number(fields[10]) ?? 0)
    head.panic = fields[11] == "1"
    peers = Int(Self.number(fields[7]) ?? 0)
    overrides = Int(Self.number(fields[8]) ?? 0)
  }

  /// 1 to 14 digits, as in the scripts.
  private static func number(_ text: String) -> UInt64? {
    text.utf8.count <= 14 && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? UInt64(text) : nil
  }

  func hasAll(overrides: Int) -> Bool { overrides == self.overrides }

  func isWhole(hasDefinition: Bool, statuses: Int, records: Int, overrides: Int) -> Bool {
    statuses == peers && records == peers && hasAll(overrides: overrides)
      && (head.digest.isEmpty || hasDefinition)
  }
}
