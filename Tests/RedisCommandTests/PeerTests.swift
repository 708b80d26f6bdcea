import Backends
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisTestServer
import TestServers
import Testing

extension RedisCommandTests {
  /// An operator's word, and the leader that the test plays.
  @Suite(.serialized) struct PeerTests {
    private let peer = Stage.peer

    /// Of the word that stands.
    private func revision(_ stage: Stage) async throws -> UInt64 {
      try #require(try await stage.ledger.snapshot(of: Stage.upstream)?.overrides[peer]).rev
    }

    @Test func aWordIsAppliedAndTakenBack() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      let leader = Leader(stage: stage, lease: lease)
      let drain = try await leader.serve(
        ["peer", "drain", "foo.com", peer.text, "--by", "anna", "--why", "new disk", "--wait", "60"],
        counter: 2, seq: 1)
      #expect(drain.end == .exit(0), "\(drain)")
      let first = try await revision(stage)
      #expect(
        drain.output == """
          foo.com 127.0.0.1:80: drained by anna: "new disk" (revision \(first))
          applied by a as event #2

          """)
      let explained = try await stage.run(["explain", "foo.com", peer.text])
      #expect(explained.output.contains("drained by anna (\"new disk\")"))
      let back = try await leader.serve(
        ["peer", "auto", "foo.com", peer.text, "--by", "bob", "--wait", "60"], counter: 3, seq: 2)
      let second = try await revision(stage)
      #expect(second > first)
      #expect(
        back.end == .exit(0) && back.output.contains("left to the votes again by bob (revision \(second))"),
        "\(back)")
      #expect(back.output.contains("applied by a as event #3"))
      let nothing = try await stage.run(["peer", "auto", "foo.com", peer.text, "--by", "bob"])
      #expect(nothing.end == .exit(0) && nothing.output.contains("nothing to take back"))
    }

    @Test func withoutALeaderItIsStoredAndSaid() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let order = ["peer", "down", "foo.com", peer.text, "--by", "anna", "--why", "wrong data"]
      let waited = try await stage.run(order + ["--wait", "1"])
      #expect(waited.end == .exit(1))
      let first = try await revision(stage)
      #expect(
        waited.output == "foo.com 127.0.0.1:80: kept DOWN by anna: \"wrong data\" (revision \(first))\n")
      #expect(waited.error.contains("it is stored, but no leader has applied it within 1 s"))
      let stored = try await stage.run(order + ["--wait", "0"])
      let second = try await revision(stage)
      #expect(second > first)
      #expect(stored.end == .exit(0) && stored.output.contains("(revision \(second))") && stored.error == "")
      let explained = try await stage.run(["explain", "foo.com", peer.text])
      #expect(explained.output.contains("Said by anna and not applied yet: down (\"wrong data\")."))
    }

    @Test func whoDoesNotSayWhatOrWhyIsRefused() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let good = ["peer", "drain", "foo.com", peer.text, "--by", "anna", "--why", "new disk", "--wait", "0"]
      for (index, bad) in [(1, "away"), (5, ""), (7, ""), (7, "two\nlines"), (9, "-1")] {
        var words = good
        words[index] = bad
        let environment = ["USER": "", "SUDO_USER": ""]
        let answer = try await QuorateServer.run(words + stage.place, environment: environment)
        #expect(answer.end == .exit(64), "\(words)")
      }
      for (index, bad) in [(2, "fo.com"), (3, "127.0.0.1:8")] {
        var words = good
        words[index] = bad
        let answer = try await stage.run(words)
        #expect(answer.end == .exit(1) && answer.error.contains("there "), "\(answer)")
      }
      #expect(try #require(try await stage.ledger.snapshot(of: Stage.upstream)).overrides.isEmpty)
    }

    /// Who may only read is told that nothing was stored, and what is missing.
    @Test(arguments: [
      (["+@all", "-hset"], "may not run HSET"),
      (["+@read", "+@scripting", "+@connection", "+time"], "may not run HSET"),
      (["resetkeys", "%R~quorate:*", "+@all"], "~quorate:{test:*"),
      (["+@all", "-evalsha"], "'evalsha'"),
    ])
    func whoMayNotWriteIsToldThatItIsNotStored(rules: [String], reason: String) async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let user = ["SETUSER", "u", "on", ">pw", "~*", "&*", "+@read", "+@connection"] + rules
      _ = try await stage.client.send(RedisCommand("ACL", arguments: user))
      for wait in ["0", "5"] {
        let answer = try await QuorateServer.run([
          "peer", "drain", "foo.com", peer.text, "--by", "anna", "--why", "w", "--wait", wait, "--namespace",
          "test", "--redis", "unix://u:pw@\(stage.server.socket)",
        ])
        #expect(answer.end == .exit(1) && answer.output == "", "\(answer)")
        #expect(!answer.error.contains("nobody knows") && answer.error.contains(reason), "\(answer.error)")
        if reason.contains("HSET") { #expect(answer.error.contains("not stored: "), "\(answer.error)") }
      }
      #expect(try #require(try await stage.ledger.snapshot(of: Stage.upstream)).overrides.isEmpty)
    }

    /// Channels are hints: without any of them a word is stored, and seen to be applied.
    @Test func whoMayNotListenWaitsAllTheSame() async throws {
      var stage = try await Stage()
      let lease = try await stage.begin()
      let user = ["SETUSER", "u", "on", ">pw", "~*", "resetchannels", "+@all"]
      _ = try await stage.client.send(RedisCommand("ACL", arguments: user))
      stage.login = "u:pw@"
      let drained = try await Leader(stage: stage, lease: lease).serve(
        ["peer", "drain", "foo.com", peer.text, "--by", "anna", "--why", "w", "--wait", "60"], counter: 2,
        seq: 1)
      #expect(drained.end == .exit(0) && drained.output.contains("\napplied"), "\(drained)")
    }

    @Test func theSpeakerIsTheUserUnlessItIsSaid() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let order = ["peer", "up", "foo.com", peer.text, "--why", "w", "--wait", "0"] + stage.place
      let user = try await QuorateServer.run(order, environment: ["USER": "root", "SUDO_USER": "anna"])
      #expect(user.output.contains("by anna"))
      let plain = try await QuorateServer.run(order, environment: ["USER": "root", "SUDO_USER": ""])
      #expect(plain.output.contains("by root"))
      // Cron and containers set neither.
      let name = try await Shell.run("id -un", []).output.filter { $0 != "\n" }
      let nobody = try await QuorateServer.run(order, environment: ["USER": "", "SUDO_USER": ""])
      #expect(nobody.end == .exit(0) && nobody.output.contains(" by \(name): "), "\(nobody)")
    }

    /// What could pretend to be something else on a page or in a terminal is named with its place.
    @Test(arguments: [
      ("--why", "two\nlines", "--why has U+000A (line feed) as character 4; leave it out"),
      ("--why", "a\u{1B}[2J", "--why has U+001B (escape) as character 2; leave it out"),
      ("--why", "ab\u{202E}cd", "--why has U+202E (right-to-left override) as character 3; leave it out"),
      ("--why", "\u{2066}x", "--why has U+2066 (left-to-right isolate) as character 1; leave it out"),
      ("--why", "x\u{200B}", "--why has U+200B (zero width space) as character 2; leave it out"),
      ("--why", "a\u{2028}b", "--why has U+2028 (line separator) as character 2; leave it out"),
      ("--why", "a\u{85}b", "--why has U+0085 (control character) as character 2; leave it out"),
      ("--why", String(repeating: "y", count: 201), "--why has 201 characters; at most 200 are kept"),
      ("--by", "an\tna", "--by has U+0009 (tab) as character 3; leave it out"),
      ("--by", "a\u{202E}", "--by has U+202E (right-to-left override) as character 2; leave it out"),
      ("--by", String(repeating: "y", count: 65), "--by has 65 characters; at most 64 are kept"),
      ("--by", "", "--by is empty: say who you are, or leave it out"),
      ("$USER", "a\u{7F}", "$USER has U+007F (control character) as character 2; leave it out"),
      ("$SUDO_USER", "a\u{7F}", "$SUDO_USER has U+007F (control character) as character 2; leave it out"),
    ])
    func whatCannotBeShownIsNamed(flag: String, text: String, sentence: String) async throws {
      var words = ["peer", "drain", "foo.com", "127.0.0.1:1", "--why", "w", "--redis", "redis://127.0.0.1:1"]
      var environment = ["USER": "u", "SUDO_USER": ""]
      switch flag {
      case "--why": words[5] = text
      case "--by": words += [flag, text]
      default: environment[String(flag.dropFirst())] = text
      }
      let answer = try await QuorateServer.run(words, environment: environment)
      #expect(answer.end == .exit(64) && answer.error.contains("Error: \(sentence)\n"), "\(answer)")
    }
  }
}

/// Applies what operators say, as the leader of the upstream does.
private struct Leader {
  let stage: Stage
  let lease: Lease

  /// Runs a command, and applies the word that it gives as event `seq` + 1.
  func serve(
    _ arguments: [String], counter: Int, seq: UInt64
  ) async throws -> (end: Child.End?, output: String, error: String) {
    let child = try stage.start(arguments)
    // It waits for the leader then.
    guard await child.line(with: "(revision ", on: .output, within: .seconds(60)) != nil else {
      throw ContractBroken("no word was given: \(child.state.value.error.text)")
    }
    let snapshot = try #require(try await stage.ledger.snapshot(of: Stage.upstream))
    let (peer, word) = try #require(snapshot.overrides.first)
    var record = LedgerContract.record(word.state == .auto ? .up : .down)
    record.override = word.state == .auto ? nil : word
    record.decided = .up
    try await stage.commit(
      lease, counter, seq: seq, [.override(peer, word.state, by: word.by, why: word.why, rev: word.rev)],
      [record])
    let end = await child.end(within: .seconds(60))
    return (end, child.state.value.output.text, child.state.value.error.text)
  }
}
