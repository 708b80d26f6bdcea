import Health
import Ledger
import Redis

/// A hash as Redis told it, whether in one reply or in parts.
struct ToldHash {
  var pairs: [(name: RedisReply, value: RedisReply)]

  var count: Int { pairs.count }
}

/// All that is decided of an upstream, as Redis told it of one moment.
struct ToldUpstream {
  let head: RedisReply
  let definition: RedisReply
  let status: ToldHash
  let evidence: ToldHash
  let overrides: ToldHash
}

/// Hashes that are too large for one reply are read in parts, each with the commit that it is of: Redis is not occupied for
/// long, and no reply comes near the limit.
enum LargeHash {
  /// Fields in one reply. A snapshot of fewer is one reply: some 0.5 MB.
  static let fieldsAtOnce = 1000
  /// Parts that are asked for together.
  static let together = 16
  /// How often it is begun anew where a commit came in between.
  static let attempts = 4
  static let parts: [LedgerKey.Part] = [.status, .evidence, .overrides]
}

extension RedisLedger {
  /// - Throws: also where it is written faster than it can be read.
  func told(of upstream: UpstreamName) async throws(LedgerError) -> ToldUpstream {
    for _ in 0..<LargeHash.attempts {
      guard let answer = try await evaluate([calls.snapshot(of: upstream)], by: bulk).first,
        answer.rest.count == 5
      else { throw .unreachable(.unreadable) }
      let told = Array(answer.rest)
      if answer.word == "snapshot" {
        return ToldUpstream(
          head: told[0], definition: told[1], status: ToldHash(pairs: Array(told[2].pairs)),
          evidence: ToldHash(pairs: Array(told[3].pairs)), overrides: ToldHash(pairs: Array(told[4].pairs)))
      }
      if let whole = try await inParts(told, of: upstream) { return whole }
    }
    throw .unreachable(LedgerFault(.busy, "upstream \(upstream) is written faster than it can be read"))
  }

  /// - Parameter told: the head, the definition, and the names of the fields of each hash.
  /// - Returns: nil: something was written meanwhile.
  private func inParts(
    _ told: [RedisReply], of upstream: UpstreamName
  ) async throws(LedgerError) -> ToldUpstream? {
    let head = told[0].elements.map { $0.string ?? "" }
    guard head.count == StoredHead.fields.count else { throw .unreachable(.unreadable) }
    let stamp = [head[0], head[1], head[3], head[4], head[9]]
    var hashes: [ToldHash] = []
    for (part, names) in zip(LargeHash.parts, told[2...]) {
      guard let hash = try await hash(part, Array(names.elements), of: upstream, at: stamp) else {
        return nil
      }
      hashes.append(hash)
    }
    return ToldUpstream(
      head: told[0], definition: told[1], status: hashes[0], evidence: hashes[1], overrides: hashes[2])
  }

  private func hash(
    _ part: LedgerKey.Part, _ names: [RedisReply], of upstream: UpstreamName, at stamp: [String]
  ) async throws(LedgerError) -> ToldHash? {
    var hash = ToldHash(pairs: [])
    hash.pairs.reserveCapacity(names.count)
    for start in stride(from: 0, to: names.count, by: LargeHash.fieldsAtOnce * LargeHash.together) {
      let some = names[start..<min(start + LargeHash.fieldsAtOnce * LargeHash.together, names.count)]
      let groups = stride(from: some.startIndex, to: some.endIndex, by: LargeHash.fieldsAtOnce).map {
        some[$0..<min($0 + LargeHash.fieldsAtOnce, some.endIndex)]
      }
      let answers = try await evaluate(
        groups.map { calls.part(part, of: upstream, $0.map { $0.string ?? "" }) }, by: bulk)
      for (group, answer) in zip(groups, answers) {
        let told = Array(answer.rest)
        guard told.count == 2 else { throw .unreachable(.unreadable) }
        let values = told[1].elements
        guard told[0].elements.map({ $0.string ?? "" }) == stamp, values.count == group.count else {
          return nil
        }
        for (name, value) in zip(group, values) {
          // It is gone without a commit: a strange hand, or Redis has lost it.
          guard !value.isNull else { return nil }
          hash.pairs.append((name, value))
        }
      }
    }
    return hash
  }
}
