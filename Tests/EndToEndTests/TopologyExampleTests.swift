import Backends
import FoundationEssentials
import TestServers
import Testing

extension EndToEndTests {
  /// docs/redis.md: the settings of each topology are settings.
  struct TopologyExampleTests {
    private static let examples: [String] = {
      let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
      let text = (try? String(contentsOfFile: "\(root)/docs/redis.md", encoding: .utf8)) ?? ""
      return text.components(after: "```yaml\n", before: "```").filter { $0.hasPrefix("redis: ") }
    }()

    @Test func eachTopologyHasSettings() {
      for scheme in ["redis://", "redis+sentinel://", "redis+cluster://"] {
        #expect(Self.examples.contains { $0.hasPrefix("redis: \(scheme)") }, "\(scheme)")
      }
    }

    @Test func everyExampleOfTheDocsIsAccepted() async throws {
      let folder = try TestFolder()
      for example in Self.examples {
        let file = try folder.write(
          "quorate.yaml", example + "upstreams:\n  - {upstream: a, type: tcp, peers: [\"127.0.0.1:1\"]}\n")
        let result = try await QuorateServer.run(["config", "check", file])
        #expect(result.end == .exit(0), "\(example)\(result.output)\(result.error)")
      }
    }
  }
}
