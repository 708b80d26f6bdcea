import Backends
import Glibc
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisTestServer
import TestServers
import Testing

extension RedisCommandTests {
  @Suite(.serialized) struct WatchTests {
    private func numbers(_ lines: [String]) throws -> [UInt64] {
      try lines.map { try JsonText.decode(LedgerEvent.self, from: $0).seq }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func printsWhatHappensAndEndsWhenTold(signal: Int32) async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      let watch = try stage.start(["watch"])
      try await watch.says("watching foo.com")
      try await stage.turn(lease, .down, after: 1)
      let line = try #require(try await watch.lines(1).first)
      // Redis' time, by the wall clock of who reads it.
      #expect(line.contains("+05:30 foo.com #2 127.0.0.1:80 is DOWN (L4CON, 1 of 1 vote): why"))
      #expect(!line.contains("\u{1B}"))
      watch.signal(signal)
      #expect(await watch.end(within: .seconds(60)) == .exit(0))
      #expect(watch.state.value.output.whole.count == 1)
    }

    /// More than fits into a pipe, so that a write fails; and one event, after which nothing more is written.
    @Test(arguments: [1000, 0])
    func endsWhenNobodyReads(more: Int) async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      if more > 0 {
        let turns = (0..<more).map { LedgerContract.transition(to: $0 % 2 == 0 ? .down : .up) }
        try await stage.commit(lease, 2, seq: 1, turns)
      }
      let pipe = "set -o pipefail; \"$@\" | head -n 1"
      let watch = ["watch", "--json", "--upstream", "foo.com", "--after", "0"]
      let shell = try Child("bash", ["-c", pipe, "bash", Programs.quorate] + watch + stage.place)
      #expect(await shell.end(within: .seconds(60)) == .exit(0), "\(shell.state.value.error.text)")
      #expect(shell.state.value.output.whole.count == 1)
    }

    @Test func jsonIsWhatRedisHolds() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      try await stage.turn(lease, .down, after: 1)
      let watch = try stage.start(["watch", "--upstream", "foo.com", "--after", "0", "--json"])
      let lines = try await watch.lines(2)
      let entries = try await stage.redis("XRANGE", "quorate:{test:foo.com}:events", "-", "+").elements
      #expect(lines == entries.map { $0.elements[1].elements[1].string })
      await watch.stop()
    }

    @Test func fillsWhatCameAfterANumberAndGoesOn() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      for seq in 1...4 as ClosedRange<UInt64> {
        try await stage.turn(lease, seq % 2 == 0 ? .up : .down, after: seq)
      }
      let watch = try stage.start(["watch", "--upstream", "foo.com", "--after", "2", "--json"])
      try await watch.says("watching foo.com")
      try await stage.turn(lease, .down, after: 5)
      #expect(try numbers(await watch.lines(4)) == [3, 4, 5, 6])
      await watch.stop()
      #expect(watch.state.value.output.whole.count == 4)
    }

    @Test func saysWhatRedisNoLongerHas() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      for seq in 1...4 as ClosedRange<UInt64> {
        try await stage.turn(lease, seq % 2 == 0 ? .up : .down, after: seq)
      }
      try await stage.redis("XTRIM", "quorate:{test:foo.com}:events", "MAXLEN", "2")
      let watch = try stage.start(["watch", "--upstream", "foo.com", "--after", "1", "--json"])
      try await watch.says("events 2 to 3 of foo.com can no longer be had")
      #expect(try numbers(await watch.lines(2)) == [4, 5])
      await watch.stop()
    }

    @Test func losesNothingWithItsConnection() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      let watch = try stage.start(["watch", "--json"])
      try await watch.says("watching foo.com")
      for seq in 1...20 as ClosedRange<UInt64> {
        if seq % 5 == 0 { try await stage.redis("CLIENT", "KILL", "TYPE", "pubsub") }
        try await stage.turn(lease, seq % 2 == 0 ? .up : .down, after: seq)
      }
      #expect(try numbers(await watch.lines(20)) == Array(2...21))
      await watch.stop()
      #expect(watch.state.value.output.whole.count == 20)
    }

    /// Redis comes back with nothing, and the leader writes everything again.
    @Test func survivesARedisThatForgets() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      let watch = try stage.start(["watch", "--json"])
      try await watch.says("watching foo.com")
      try await stage.turn(lease, .down, after: 1)
      _ = try await watch.lines(1)
      stage.server.stop()
      let said = try await watch.says("will go on by itself")
      try await stage.server.start()
      let back = try await watch.says("Redis is read again", from: said)
      try await watch.says("there is no upstream foo.com in Redis now", from: back)
      try await stage.resync(floor: 2)
      let lines = try await watch.lines(3)
      #expect(try numbers(lines) == [2, 3, 4])
      #expect(try JsonText.decode(LedgerEvent.self, from: lines[1]).change == .resync)
      await watch.stop()
      #expect(watch.state.value.output.whole.count == 3)
    }

    @Test func survivesARedisThatRemembers() async throws {
      let stage = try await Stage(["--appendonly", "yes", "--appendfsync", "always"])
      let lease = try await stage.begin()
      let watch = try stage.start(["watch", "--json"])
      try await watch.says("watching foo.com")
      stage.server.stop()
      try await watch.says("will go on by itself")
      try await stage.server.start()
      for seq in 1...3 as ClosedRange<UInt64> {
        try await stage.turn(lease, seq % 2 == 0 ? .up : .down, after: seq)
      }
      #expect(try numbers(await watch.lines(3)) == [2, 3, 4])
      await watch.stop()
    }

    @Test func meetsUpstreamsThatAreNew() async throws {
      let stage = try await Stage()
      let watch = try stage.start(["watch", "--json"])
      try await watch.says("there are no upstreams in Redis yet")
      let lease = try await stage.begin()
      try await stage.turn(lease, .down, after: 1)
      #expect(try numbers(await watch.lines(2)) == [1, 2])
      await watch.stop()
    }

    @Test func aMisspeltNameIsSaid() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let watch = try stage.start(["watch", "--upstream", "fo.com"])
      try await watch.says(
        "there is no upstream fo.com in Redis now; it is followed once there is one; there are foo.com")
      await watch.stop()
    }

    @Test(arguments: [
      ["--after", "1"], ["--after", "1", "--upstream", "a", "--upstream", "b"], ["--upstream", "a b"],
      ["--after", "x", "--upstream", "a"],
    ])
    func badUseIsRefused(flags: [String]) async throws {
      let answer = try await QuorateServer.run(["watch", "--redis", "redis://127.0.0.1:1"] + flags)
      #expect(answer.end == .exit(64))
    }
  }
}

extension Stage {
  /// A leader that knows everything writes it again, and one more event.
  func resync(floor: UInt64) async throws {
    let lease = try await contract.lease("b")
    var commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync], records: [LedgerContract.record(.down)],
      definition: Self.definition)
    commit.floorSeq = floor
    guard case .committed = try await contract.ask(.commit(commit)) else { throw ContractBroken("no resync") }
    try await turn(lease, .up, after: floor + 1)
  }
}
