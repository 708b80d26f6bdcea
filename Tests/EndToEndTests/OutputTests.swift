import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// What cannot be written is told, by every program and every command. Those that read Redis are tried in
  /// `RedisCommandTests`.
  @Suite(.serialized) struct OutputTests {
    /// Commands that print something and end by themselves. `FILE` is a settings file, `CONF` an nginx.conf, `PEER` a
    /// peer that is up, `URL` a node.
    static let commands: [[String]] = [
      ["quorate"], ["quorate", "--version"], ["quorate", "--help"], ["quorate", "help"],
      ["quorate", "help", "serve"],
      ["quorate", "serve", "--help"], ["quorate", "probe", "-h"], ["quorate", "status", "--help"],
      ["quorate", "watch", "--help"], ["quorate", "nodes", "--help"], ["quorate", "explain", "--help"],
      ["quorate", "peer", "--help"], ["quorate", "node", "forget", "--help"], ["quorate", "config"],
      ["quorate", "config", "check", "--help"],
      ["quorate", "redis", "acl", "--role", "node"], ["quorate", "redis", "acl", "--help"],
      ["quorate", "config", "import", "--help"], ["quorate", "--generate-completion-script", "bash"],
      ["quorate", "--experimental-dump-help"], ["quorate", "config", "check", "FILE"],
      ["quorate", "config", "check", "CONF"], ["quorate", "config", "import", "CONF"],
      ["quorate", "probe", "PEER"],
      ["quorate", "probe", "--config", "FILE"], ["quorate", "status", "--url", "URL"],
      ["quorate", "status", "--url", "URL", "--format", "json"],
      ["quorate", "status", "--url", "URL", "--format", "prometheus"],
      ["quorate-simulate", "--seeds", "1"], ["quorate-simulate", "--seed", "1", "--trace"],
      ["quorate-simulate", "--seeds", "1", "--count"], ["quorate-simulate", "--help"],
      ["quorate-fuzz", "--seconds", "1"], ["quorate-fuzz", "--help"],
      ["quorate-fuzz-redis", "--seconds", "1"],
      ["quorate-fuzz-redis", "--help"], ["quorate-chaos", "--help"], ["quorate-backends", "--help"],
      ["quorate-bench-probe", "--help"],
      ["quorate-bench-probe", "timer", "--milliseconds", "1"], ["quorate-bench-redis", "--help"],
      ["quorate-bench-cluster", "--help"], ["quorate-responder", "0", "1"],
    ]

    @Test(arguments: Shell.Sink.allCases)
    func everyCommandTellsWhatItCouldNotWrite(sink: Shell.Sink) async throws {
      let stage = try await Stage()
      for command in Self.commands {
        let result = try await Shell.run(sink.rawValue, stage.words(command))
        if let reason = sink.reason {
          #expect(result.end == .exit(1), "\(command): \(result)")
          let sentence = "\(command[0]): cannot write the output: \(reason)\n"
          #expect(result.error.hasSuffix(sentence), "\(command): \(result)")
        } else {
          #expect(result.end == .exit(0) && !result.error.contains("write"), "\(command): \(result)")
        }
      }
      await stage.end()
    }

    /// The table tries every command that `quorate --help` names.
    @Test func noCommandIsLeftOut() async throws {
      let help = try await QuorateServer.run(["--help"]).output
      let names = help.split(separator: "\n", omittingEmptySubsequences: false).drop {
        !$0.hasPrefix("SUBCOMMANDS:")
      }.dropFirst()
        .prefix { !$0.isEmpty }.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap {
          $0.split(separator: " ").first.map(String.init)
        }
      #expect(names.count >= 8)
      for name in names { #expect(Self.commands.contains { $0.dropFirst().contains(name) }, "\(name)") }
    }

    /// The same where our parent has the signal ignored, or has not.
    @Test(arguments: ["", "trap '' PIPE; "])
    func aReaderThatHasGoneIsNoFailure(before: String) async throws {
      for command in [["quorate", "--help"], ["quorate", "--version"], ["quorate-simulate", "--help"]] {
        let words = [Programs.built(command[0])] + command.dropFirst()
        let result = try await Shell.run(before + Shell.Sink.unread.rawValue, words)
        #expect(result.end == .exit(0) && result.error == "", "\(command): \(result)")
      }
    }

    /// What a program has to say of its failure goes to standard error. Without that it ends as it would.
    @Test(arguments: ["2>&-", "2>/dev/full"])
    func standardErrorMayBeGone(where place: String) async throws {
      let cases: [([String], Int32)] = [
        (["status", "--url", "http://127.0.0.1:1"], 1), (["bogus"], 64),
        (["config", "check", "/nowhere"], 2),
        (["nodes", "--redis", "redis://127.0.0.1:1"], 1), (["--version"], 0), (["probe", "127.0.0.1:1"], 1),
        (["serve", "--peer", "x y"], 2),
      ]
      for (words, code) in cases {
        let result = try await Shell.run("exec \"$@\" \(place)", [Programs.quorate] + words)
        #expect(result.end == .exit(code), "\(words): \(result)")
      }
      let both = try await Shell.run("exec \"$@\" >/dev/full \(place)", [Programs.quorate, "--version"])
      #expect(both.end == .exit(1))
      // A node that cannot log serves, and no socket of its own takes the place of the log.
      let port = try ReservedPort()
      let node = try Child(
        "sh",
        [
          "-c", "exec \"$@\" \(place)", "sh", Programs.quorate, "serve", "--peer", "127.0.0.1:1", "--listen",
          "127.0.0.1:\(port.port)",
        ])
      let page = try await HttpClient.answer("/status", port: port.port, within: .seconds(20)) {
        $0.body.contains("127.0.0.1:1")
      }
      #expect(page.body.contains("127.0.0.1:1"))
      #expect(await node.stop() == .exit(0))
    }

    /// A pipe that does not block, and holds less than there is to write.
    @Test func aSlowReaderOfANonBlockingPipeGetsAll() async throws {
      let folder = try TestFolder()
      let file = try folder.write("quorate.conf", Self.many(6000))
      let whole = try await QuorateServer.run(["config", "import", file])
      #expect(whole.end == .exit(0) && whole.output.utf8.count > 300_000)
      let script = """
        import os, subprocess, sys
        r, w = os.pipe()
        os.set_blocking(w, False)
        child = subprocess.Popen(sys.argv[1:], stdout=w)
        os.close(w)
        count = 0
        while piece := os.read(r, 1000): count += len(piece)
        print(count, child.wait())
        """
      let child = try Child("python3", ["-c", script, Programs.quorate, "config", "import", file])
      #expect(await child.end(within: .seconds(60)) == .exit(0))
      #expect(child.state.value.output.text == "\(whole.output.utf8.count) 0\n")
    }

    private static func many(_ count: Int) -> String {
      let upstreams = (0..<count).map { "  upstream u\($0) { server 127.0.0.1:\(1 + $0); }\n" }.joined()
      return "http {\n\(upstreams)}\n"
    }

    /// What the commands of the table need.
    private struct Stage {
      let folder: TestFolder
      let backend: Backend
      let node: QuorateServer

      init() async throws {
        folder = try TestFolder()
        backend = try Backend(.ok)
        try folder.write("FILE.yaml", "upstreams: [{upstream: a, type: tcp, peers: [\"\(backend.peer)\"]}]\n")
        try folder.write("CONF.conf", "http { upstream a { server 127.0.0.1:1; } }\n")
        node = try await QuorateServer(["--peer", backend.peer, "--listen", "127.0.0.1:0"])
      }

      func words(_ command: [String]) -> [String] {
        let places = [
          "FILE": "\(folder.path)/FILE.yaml", "CONF": "\(folder.path)/CONF.conf", "PEER": backend.peer,
          "URL": "http://127.0.0.1:\(node.port)",
        ]
        return [Programs.built(command[0])] + command.dropFirst().map { places[$0] ?? $0 }
      }

      func end() async {
        await node.end()
        backend.stop()
      }
    }
  }
}
