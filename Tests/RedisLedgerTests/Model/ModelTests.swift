import Foundation
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import Testing

/// `make test-model HISTORIES=2000` is the long form.
@Suite(.serialized, .timeLimit(.minutes(60))) struct ModelTests {
  /// QUORATE_HISTORIES sets how many histories are lived, QUORATE_SEED the first one's seed.
  private static let count = UInt64(ProcessInfo.processInfo.environment["QUORATE_HISTORIES"] ?? "") ?? 60
  private static let seed = UInt64(ProcessInfo.processInfo.environment["QUORATE_SEED"] ?? "") ?? 1

  private static let isLong = count > 60

  /// Both ledgers answer and become the same, whatever happens to them.
  @Test func bothLedgersLiveTheSameHistory() async throws {
    try await Lanes.run(Array(Self.seed..<Self.seed + Self.count)) { client, seed in
      let histories = Histories(client: client)
      if let difference = try await histories.firstDifference(seeds: seed..<seed + 1) {
        Issue.record("\(difference)")
      }
    }
  }

  /// The test above finds each of these mistakes, and tells it in a few steps.
  @Test func eachMistakeInAScriptIsFound() async throws {
    try await Lanes.run(Mistake.all) { client, mistake in
      var histories = Histories(client: client)
      histories.scripts = try mistake.scripts()
      let first = Self.isLong ? 1 : mistake.seed
      guard let found = try await histories.firstDifference(seeds: first..<first + 300) else {
        Issue.record("not found: \(mistake.name)")
        return
      }
      #expect(found.operations.count <= 12, "not shrunk: \(found)")
    }
  }
}

/// A difference planted into a script.
struct Mistake: Sendable {
  var name: String
  var script: any WritableKeyPath<LedgerScripts, RedisScript> & Sendable
  var from: String
  var to: String

  func scripts() throws -> LedgerScripts {
    var scripts = LedgerScripts()
    let text = scripts[keyPath: script].text
    try #require(text.contains(from), "the script does not have: \(from)")
    scripts[keyPath: script] = RedisScript(text.replacingOccurrences(of: from, with: to))
    return scripts
  }

  /// The first history that shows it when the search begins with 1: to begin here saves most of the time.
  var seed: UInt64

  init(
    _ name: String, _ script: any WritableKeyPath<LedgerScripts, RedisScript> & Sendable, _ from: String,
    _ to: String, seed: UInt64 = 1
  ) {
    self.seed = seed
    self.name = name
    self.script = script
    self.from = from
    self.to = to
  }

  static let all: [Mistake] = [
    Mistake(
      "a lease is taken from its holder", \.acquire, "if lease and not is_own and lease.text ~= ARGV[5]",
      "if false"),
    Mistake(
      "the successor's term is the old one", \.handOver, "next_term(lease.term,",
      "tostring(lease.term or", seed: 7),
    Mistake("a lease seen unchanged is not replaced", \.acquire, "and lease.text ~= ARGV[5]", ""),
    Mistake(
      "another run counts as one's own", \.acquire, "lease.node == node and lease.run == run",
      "lease.node == node"),
    Mistake("a granted term is forgotten", \.acquire, "head.term, head.granted,", "head.term,"),
    Mistake(
      "the term of the head is forgotten", \.acquire, "head.term, head.granted,", "head.granted,", seed: 120),
    Mistake(
      "the stream's top is not looked at", \.acquire, "math.max(head.seq, stream_top(KEYS[7]))", "head.seq",
      seed: 8),
    Mistake("anybody renews", \.renew, "lease.holder ~= ARGV[1]", "false"),
    Mistake("a renewal does not beat", \.renew, "lease.beat + 1", "lease.beat"),
    Mistake("a renewal does not prolong", \.renew, "'PX', ARGV[2]", "'KEEPTTL'"),
    Mistake("anybody releases", \.release, "lease.holder ~= ARGV[1]", "false"),
    Mistake(
      "the predecessor is told", \.handOver, "'handed_over', text", "'handed_over', lease.text", seed: 5),
    Mistake(
      "a commit needs no lease", \.commit,
      "if not lease or lease.holder ~= term .. ':' .. node .. ':' .. run then", "if not lease then"),
    Mistake(
      "a lease of another run will do", \.commit, "lease.holder ~= term .. ':' .. node .. ':' .. run",
      "lease.node ~= node"),
    Mistake("the same commit is done twice", \.commit, "head.commit == id or is_past", "false"),
    Mistake("the sequence is not checked", \.commit, "head.seq ~= tonumber(ARGV[5]) or", "false or"),
    Mistake("a lost head is not noticed", \.commit, " and (head.is_there or head.seq == 0)", ""),
    Mistake("a loss is not noticed", \.commit, "or not (is_whole or is_resync)", ""),
    Mistake(
      "a resync leaves the old", \.commit, "if is_fresh then redis.call('DEL'",
      "if false then redis.call('DEL'", seed: 8),
    Mistake(
      "a removed peer stays in the evidence", \.commit, "redis.call('HDEL', evidence_key, peer)", "", seed: 15
    ),
    Mistake(
      "an override goes back", \.commit, "if rev > (is_json and revision(value) or 0)", "if true", seed: 18),
    Mistake(
      "events are numbered from the head", \.commit, "local first, is_resync",
      "ARGV[6] = digits(tonumber(ARGV[5]) + 1)\nlocal first, is_resync"),
    Mistake("a wrong type stops everything", \.commit, "clear_wrong({ head_key", "-- clear_wrong({ head_key"),
    Mistake("anybody deletes", \.delete, "lease.holder ~= ARGV[1]", "false"),
    Mistake(
      "the stream survives", \.delete, "redis.call('DEL', unpack(KEYS))",
      "redis.call('DEL', unpack(KEYS, 1, 6))", seed: 20),
    Mistake(
      "a gap in reports is taken", \.report, "known == rev - 1", "not is_whole and known", seed: 14),
    Mistake(
      "a whole report leaves the old", \.report, "if is_whole then redis.call('DEL', KEYS[1]) end", "",
      seed: 6),
    Mistake(
      "another run's reports are added to", \.report, "stored[1] == run and number(stored[2]) or nil",
      "number(stored[2])"),
    Mistake("two runs have one id", \.heartbeat, "other.run ~= run", "false"),
    Mistake("any seen run is replaced", \.heartbeat, "other.beat == tonumber(ARGV[5])", "true", seed: 6),
    Mistake("who was heard is dropped", \.heartbeat, "and gone.beat == tonumber(ARGV[index + 2])", ""),
    Mistake("an outdated override wins", \.override, "expected ~= '' and", "false and"),
    Mistake("overrides are not counted", \.override, "if is_new and number(counts[1])", "if false"),
    Mistake("a card has no end", \.describe, "redis.call('PEXPIRE', KEYS[1], ARGV[1])", ""),
    Mistake(
      "the index keeps what was deleted", \.index, "redis.call('HDEL', KEYS[1], ARGV[1])", "local _ = 1"),
  ]
}
