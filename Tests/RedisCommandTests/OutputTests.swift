import Backends
import Health
import Ledger
import LedgerTestKit
import TestServers
import Testing

extension RedisCommandTests {
  /// Those of the commands that read Redis; the others are in `EndToEndTests`.
  @Suite(.serialized) struct OutputTests {
    static let commands: [[String]] = [
      ["status"], ["status", "--format", "json"], ["status", "--format", "prometheus"], ["nodes"],
      ["nodes", "--json"],
      ["explain", "foo.com", Stage.peer.text], ["explain", "foo.com", Stage.peer.text, "--json"],
      ["watch", "--upstream", "foo.com", "--after", "0"],
      ["watch", "--upstream", "foo.com", "--after", "0", "--json"],
      ["peer", "auto", "foo.com", Stage.peer.text, "--by", "anna"],
      ["peer", "drain", "foo.com", Stage.peer.text, "--by", "anna", "--why", "w", "--wait", "0"],
    ]

    @Test(arguments: Shell.Sink.allCases)
    func everyCommandTellsWhatItCouldNotWrite(sink: Shell.Sink) async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      for command in Self.commands {
        let result = try await Shell.run(sink.rawValue, [Programs.quorate] + command + stage.place)
        if let reason = sink.reason {
          #expect(result.end == .exit(1), "\(command): \(result)")
          #expect(
            result.error.hasSuffix("quorate: cannot write the output: \(reason)\n"), "\(command): \(result)")
        } else {
          #expect(result.end == .exit(0) && !result.error.contains("write"), "\(command): \(result)")
        }
      }
    }

    /// A word that could not be told is given all the same: that is said, too.
    @Test func aWordThatCouldNotBeToldIsStored() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let words = ["peer", "drain", "foo.com", Stage.peer.text, "--by", "anna", "--why", "w", "--wait", "0"]
      let result = try await Shell.run(Shell.Sink.full.rawValue, [Programs.quorate] + words + stage.place)
      #expect(result.end == .exit(1))
      let snapshot = try #require(try await stage.ledger.snapshot(of: Stage.upstream))
      #expect(snapshot.overrides[Stage.peer]?.state == .drain)
    }
  }
}
