import Foundation
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import Testing

/// What is assumed where clusters are simulated on the shared state is true of the scripts on real servers: see
/// `Operation` for what happens to both. `make test-model HISTORIES=2000` is the long form.
@Suite(.serialized, .timeLimit(.minutes(60))) struct ModelTests {
  /// QUORATE_HISTORIES sets how many histories are lived, QUORATE_SEED the first one's seed.
  private static let count = UInt64(ProcessInfo.processInfo.environment["QUORATE_HISTORIES"] ?? "") ?? 60
  private static let seed = UInt64(ProcessInfo.processInfo.environment["QUORATE_SEED"] ?? "") ?? 1

  private static let isLong = count > 60

  /// Both ledgers answer and become the same, whatever happens to them.
  @Test func bothLedgersLiveTheSameHistory() async throws {
    try await Lanes.run(Array(Self.seed..<Self.seed + Self.count)) { pair, seed in
      let histories = Histories(pair: pair)
      if let difference = try await histories.firstDifference(seeds: seed..<seed + 1) {
        Issue.record("\(difference)")
      }
    }
  }

  /// The test above finds each of these mistakes, and tells it in a few steps.
  @Test func eachMistakeInAScriptIsFound() async throws {
    try await Lanes.run(Mistake.all) { pair, mistake in
      var histories = Histories(pair: pair)
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

  func scripts() throws -> ClockedScripts { try ClockedScripts.right.changing(script, from, to) }

  /// A history that shows it soon: to begin here, and not with 1, saves most of the time.
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
      "if false", seed: 8),
    Mistake(
      "the successor's term is the old one", \.handOver, "next_term(lease.term,",
      "tostring(lease.term or", seed: 4),
    Mistake("a lease seen unchanged is not replaced", \.acquire, "and lease.text ~= ARGV[5]", "", seed: 64),
    Mistake(
      "another run counts as one's own", \.acquire, "lease.node == node and lease.run == run",
      "lease.node == node", seed: 12),
    Mistake("a granted term is forgotten", \.acquire, "head.term, head.granted,", "head.term,", seed: 60),
    Mistake(
      "the term of the head is forgotten", \.acquire, "head.term, head.granted,", "head.granted,", seed: 372),
    Mistake(
      "the stream's top is not looked at", \.acquire, "math.max(head.seq, stream_top(KEYS[7]))", "head.seq",
      seed: 8),
    Mistake("anybody renews", \.renew, "lease.holder ~= ARGV[1]", "false", seed: 10),
    Mistake("a renewal does not beat", \.renew, "lease.beat + 1", "lease.beat", seed: 40),
    Mistake("a renewal does not prolong", \.renew, "'PX', ARGV[2]", "'KEEPTTL'", seed: 40),
    Mistake("anybody releases", \.release, "lease.holder ~= ARGV[1]", "false", seed: 114),
    Mistake(
      "the predecessor is told", \.handOver, "'handed_over', text", "'handed_over', lease.text", seed: 4),
    Mistake(
      "a commit needs no lease", \.commit,
      "if not lease or lease.holder ~= term .. ':' .. node .. ':' .. run then", "if not lease then", seed: 6),
    Mistake(
      "a lease of another run will do", \.commit, "lease.holder ~= term .. ':' .. node .. ':' .. run",
      "lease.node ~= node", seed: 19),
    Mistake(
      "the same commit is done twice", \.commit, "head.commit == id or is_past", "false", seed: 37),
    Mistake(
      "the sequence is not checked", \.commit, "head.seq ~= tonumber(ARGV[5]) or", "false or", seed: 125),
    Mistake("a lost head is not noticed", \.commit, " and (head.is_there or head.seq == 0)", "", seed: 100),
    Mistake("a loss is not noticed", \.commit, "or not (is_whole and is_next or is_resync)", "", seed: 94),
    Mistake(
      "a resync leaves the old", \.commit, "if is_fresh then write('DEL'",
      "if false then write('DEL'", seed: 39),
    Mistake(
      "a removed peer stays in the evidence", \.commit, "write('HDEL', evidence_key, peer)", "", seed: 71
    ),
    Mistake(
      "an override goes back", \.commit, "if rev > (is_json and revision(value) or 0)", "if true", seed: 41),
    Mistake("a commit builds on any other", \.commit, "is_whole and is_next or", "is_whole or"),
    Mistake("nothing is lifted", \.commit, "if removed > 0 then", "if false then"),
    Mistake("what was lifted is forgotten", \.commit, "tonumber(ARGV[16])", "0"),
    Mistake("a revision starts again", \.override, "next_term(rev, known(3),", "next_term(rev,"),
    Mistake("a revision is below a term", \.override, "known(5), number(counts[1])", "number(counts[1])"),
    Mistake("a lifted revision is given again", \.override, "known(4), known(5),", "known(5),"),
    Mistake(
      "events are numbered from the head", \.commit, "local first, is_resync",
      "ARGV[6] = digits(tonumber(ARGV[5]) + 1)\nlocal first, is_resync", seed: 8),
    Mistake(
      "a wrong type stops everything", \.commit, "clear_wrong({ head_key", "-- clear_wrong({ head_key",
      seed: 54),
    Mistake("anybody deletes", \.delete, "lease.holder ~= ARGV[1]", "false", seed: 10),
    Mistake(
      "the stream survives", \.delete, "write('DEL', unpack(KEYS))",
      "write('DEL', unpack(KEYS, 1, 6))", seed: 12),
    Mistake(
      "a gap in reports is taken", \.report, "known == rev - 1", "not is_whole and known", seed: 16),
    Mistake(
      "a whole report leaves the old", \.report, "if is_whole then write('DEL', KEYS[1]) end", "",
      seed: 60),
    Mistake(
      "another run's reports are added to", \.report, "stored[1] == run and number(stored[2]) or nil",
      "number(stored[2])", seed: 63),
    Mistake("two runs have one id", \.heartbeat, "other.run ~= run", "false", seed: 26),
    Mistake("any seen run is replaced", \.heartbeat, "other.beat == tonumber(ARGV[7])", "true", seed: 93),
    Mistake(
      "who was heard is dropped", \.heartbeat, "and gone.beat == tonumber(ARGV[index + 2])", "", seed: 121),
    Mistake("who left is missed", \.heartbeat, "if not gone.is_leaving then", "if true then"),
    Mistake("nobody is missed", \.heartbeat, "if not gone.is_leaving then", "if false then"),
    Mistake(
      "who is back is missed", \.heartbeat, "if is_missing then write('HDEL', missing_key, node) end", ""
    ),
    Mistake(
      "who was dropped and is back counts as lost", \.heartbeat, "or before and before.run == run", "or false"
    ),
    Mistake(
      "another run goes on from the one before", \.heartbeat, "other and other.run == run and other", "other"),
    Mistake("the card of a missing node ends", \.heartbeat, "ARGV[8])", "1)"),
    Mistake("a member is told to be missing", \.remember, "not read('HGET', KEYS[1], node) and", ""),
    Mistake(
      "what is told again replaces what is known", \.remember, "and not read('HGET', KEYS[2], node)", "",
      seed: 1000),
    Mistake(
      "another run is forgotten", \.forget, "entry.run ~= run then\n  key", "false then\n  key", seed: 392),
    Mistake("a living member is forgotten", \.forget, "or entry.beat ~= tonumber(ARGV[3])", ""),
    Mistake("the card of who is forgotten stays", \.forget, "write('DEL', KEYS[3])", ""),
    Mistake("an outdated override wins", \.override, "expected ~= '' and", "false and", seed: 7),
    Mistake("overrides are not counted", \.override, "if is_new and number(counts[1])", "if false", seed: 39),
    Mistake("a word is not counted", \.override, "write('HSET', KEYS[2], 'words',", "tostring(", seed: 39),
    Mistake("a card has no end", \.describe, "write('PEXPIRE', KEYS[1], ARGV[1])", "", seed: 46),
    Mistake(
      "the index keeps what was deleted", \.index, "write('HDEL', KEYS[1], ARGV[1])", "local _ = 1",
      seed: 23),
    // Of fail-overs, of clocks that leap, of keys' ends, and of what comes late.
    Mistake(
      "what the bidder knows is forgotten", \.acquire, "head.granted, ARGV[3],", "head.granted,", seed: 8),
    Mistake(
      "an own lease is taken up again, however old", \.acquire, " and lease.term >= tonumber(ARGV[3])", "",
      seed: 127),
    Mistake(
      "a granted term does not reach the replica", \.acquire, "write('HSET', head_key, 'granted'",
      "redis.set_repl(redis.REPL_NONE) write('HSET', head_key, 'granted'", seed: 4),
    Mistake(
      "an override does not reach the replica", \.override, "clear_wrong({ KEYS[1], KEYS[2] })",
      "clear_wrong({ KEYS[1], KEYS[2] }) redis.set_repl(redis.REPL_NONE)", seed: 38),
    Mistake("a lease ends by what TIME says", \.acquire, "'PX', ms", "'PXAT', digits(now + ms)", seed: 7),
    Mistake(
      "a lease without an end never gets one", \.renew, "write('SET', KEYS[1], text, 'PX', ARGV[2])",
      "write('SET', KEYS[1], text, 'KEEPTTL') write('PEXPIRE', KEYS[1], ARGV[2], 'XX')", seed: 148),
    Mistake(
      "a commit's time does not go back", \.commit, "-- Writes.",
      "now = digits(math.max(tonumber(now), tonumber(head.checked)))", seed: 79),
    Mistake(
      "a report that comes late is taken", \.report, "or known == rev - 1", "or known and known >= rev - 1",
      seed: 56),
    Mistake(
      "a heartbeat that comes late is passed over", \.heartbeat, "need('HSET', 'HGETALL'",
      """
      if other and other.run == run and other.beat > tonumber(ARGV[3]) then
        return answer('members', redis.call('HGETALL', KEYS[1]), missing)
      end
      need('HSET', 'HGETALL'
      """, seed: 30),
  ]
}
