import Health
import Ledger
import Redis

/// A script's answer: `{ word, ms, notes, … }`. What comes from Redis may be anything: nil, then.
struct ScriptAnswer {
  let word: String
  let atMs: Int64
  let notes: [LedgerNotice]
  /// What follows the notes.
  let rest: RedisElements.SubSequence

  init?(_ reply: RedisReply) {
    let parts = reply.elements
    guard parts.count >= 3, let word = parts[0].string, let atMs = parts[1].number else { return nil }
    self.word = word
    self.atMs = Int64(atMs)
    notes = parts[2].elements.compactMap { $0.string.flatMap { LedgerNotice(note: $0) } }
    rest = parts.dropFirst(3)
  }

  /// - Parameter skipped: hears of members that cannot be read.
  func answer(skipped: (_ key: LedgerKey, _ field: String) -> Void) -> LedgerAnswer? {
    switch word {
    case "granted":
      guard let lease = lease(0), let head = head(1) else { return nil }
      return .granted(lease, head)
    case "held": return lease(0).map { .held($0) }
    case "lost":
      guard let text = text(0) else { return nil }
      if text.isEmpty { return .lost(nil) }
      return Lease(text).map { .lost($0) }
    case "released": return .released
    case "handed_over": return lease(0).map { .handedOver($0) }
    case "committed": return number(0).map { .committed(seq: $0, atMs: atMs) }
    case "already":
      guard let seq = number(0), let checkedMs = number(1) else { return nil }
      return .already(seq: seq, atMs: Int64(clamping: checkedMs))
    case "out_of_step": return head(0).map { .outOfStep($0) }
    case "deleted": return .deleted
    case "reported": return number(0).map { .reported(rev: $0) }
    case "whole_wanted": return .wholeWanted
    case "overridden": return override.map { .overridden($0) }
    case "other": return .otherOverride(override)
    case "members":
      guard let members = element(0), let missing = element(1) else { return nil }
      return .members(
        MemberList.read(members) { skipped(.members, $0) },
        missing: MemberList.read(missing) { skipped(.missing, $0) })
    case "occupied": return member.map { .occupied($0) }
    case "described": return .described
    case "remembered": return .remembered
    case "forgotten": return member.map { .forgotten($0) }
    case "lives": return member.map { .lives($0) }
    case "not_found": return .notFound
    default: return nil
    }
  }

  // MARK: Parts

  private func element(_ index: Int) -> RedisReply? {
    index < rest.count ? rest[rest.startIndex + index] : nil
  }
  private func text(_ index: Int) -> String? { element(index)?.string }
  private func number(_ index: Int) -> UInt64? { text(index).flatMap { UInt64($0) } }
  private func lease(_ index: Int) -> Lease? { text(index).flatMap { Lease($0) } }

  private var member: Member? { text(0).flatMap { try? JsonText.decode(Member.self, from: $0) } }

  private var override: Override? { text(0).flatMap { try? JsonText.decode(Override.self, from: $0) } }

  func head(_ index: Int) -> Head? {
    guard let fields = element(index)?.elements.map({ $0.string ?? "" }), fields.count == 11,
      let term = UInt64(fields[0]), let seq = UInt64(fields[3]), let checkedMs = Int64(fields[6]),
      let words = UInt64(fields[8]), let liftedRev = UInt64(fields[9])
    else { return nil }
    var head = Head(
      term: term, run: fields[1], leader: fields[2], seq: seq, commit: fields[4], digest: fields[5],
      checkedMs: checkedMs, isWhole: fields[7] == "1", words: words, liftedRev: liftedRev)
    head.panic = fields[10] == "1"
    return head
  }
}

/// The members as HGETALL tells them.
enum MemberList {
  static func read(_ reply: RedisReply, skipped: (_ field: String) -> Void) -> [Member] {
    var members: [Member] = []
    for (name, value) in reply.pairs {
      let node = name.string ?? ""
      guard let text = value.string, let member = try? JsonText.decode(Member.self, from: text),
        member.node == node
      else {
        skipped(node)
        continue
      }
      members.append(member)
    }
    return members.sorted { $0.node < $1.node }
  }
}
