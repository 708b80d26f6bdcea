import Ledger

/// Where an upstream stands, for programs: `{"checked_ms","digest","leader","run","seq","term","whole"}`. It tells of the last
/// commit; `whole` is false where the ledger has lost a part of what was decided.
struct HeadJson: Encodable {
  let head: Head

  private enum CodingKeys: String, CodingKey {
    case seq, term, run, leader, digest, whole, panic
    case checkedMs = "checked_ms"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(head.seq, forKey: .seq)
    try values.encode(head.term, forKey: .term)
    try values.encode(head.run, forKey: .run)
    try values.encode(head.leader, forKey: .leader)
    try values.encode(head.digest, forKey: .digest)
    try values.encode(head.checkedMs, forKey: .checkedMs)
    try values.encode(head.isWhole, forKey: .whole)
    try values.encode(head.panic, forKey: .panic)
  }
}
