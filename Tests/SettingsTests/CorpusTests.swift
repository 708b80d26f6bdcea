import Settings
import Testing

import class Foundation.FileManager
import class Foundation.ProcessInfo
import struct Foundation.URL

/// Bad settings files, each with every line that must be said of it, in `NAME.problems` beside it.
///
/// `QUORATE_REWRITE_CORPUS=1 swift test --filter CorpusTests` writes the lines anew; read the difference.
struct CorpusTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus").path

  static var names: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".conf") }.sorted()
  }

  @Test func corpusIsLarge() {
    #expect(Self.names.count >= 60)
  }

  @Test(arguments: names) func problemsAreThoseBeside(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let result =
      SettingsLoader.isNginx(path: path) ? loader.load(nginx: path) : loader.load(config: path)
    let prefix = Self.folder + "/"
    let lines = result.lines.map { $0.replacing(prefix, with: "") }
    let expected = "\(path).problems"
    if ProcessInfo.processInfo.environment["QUORATE_REWRITE_CORPUS"] != nil {
      let text = lines.map { $0 + "\n" }.joined()
      try text.write(toFile: expected, atomically: true, encoding: .utf8)
    }
    let wanted = try String(contentsOf: URL(filePath: expected), encoding: .utf8).split(separator: "\n").map(
      String.init)
    #expect(lines == wanted)
    #expect(!lines.isEmpty)
    #expect(!lines.contains { $0.contains("secret") })
  }
}
