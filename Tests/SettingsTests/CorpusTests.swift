import Health
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

  /// Odd files that are taken, each with what is said of it and what becomes of it, in `taken/NAME.taken`. Written anew as
  /// the others.
  static var taken: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/taken")) ?? []
    return all.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".conf") }.sorted()
  }

  @Test(arguments: taken) func whatIsTakenIsThatBeside(_ name: String) throws {
    let path = "\(Self.folder)/taken/\(name)"
    let result = name.hasSuffix(".conf") ? loader.load(nginx: path) : loader.load(config: path)
    let loaded = try result.get()
    let notices = (loaded.notices + [loaded.emptiness?.notice].compactMap(\.self)).map {
      "\($0)".replacing("\(Self.folder)/taken/", with: "")
    }
    let upstreams = loaded.settings.upstreams.map { upstream in
      (["upstream \(upstream.name)\(Self.text(upstream.checker))\(Self.text(upstream.following))"]
        + upstream.peers.map {
          "  \($0.address) \($0.role)\($0.startsDown ? " down" : "")\($0.isFollowed ? "" : " once")"
        })
        .joined(separator: "\n")
    }
    let lines = (notices + upstreams).map { $0 + "\n" }.joined()
    let expected = "\(path).taken"
    if ProcessInfo.processInfo.environment["QUORATE_REWRITE_CORPUS"] != nil {
      try lines.write(toFile: expected, atomically: true, encoding: .utf8)
    }
    #expect(lines == (try String(contentsOf: URL(filePath: expected), encoding: .utf8)))
    // And it comes back.
    let folder = try Folder()
    let again = try folder.write("q.yaml", loaded.settings.yaml(hostName: "host.example"))
    #expect(try loader.load(config: again).get().settings == loaded.settings)
  }

  private static func text(_ following: Following) -> String {
    if following == Following() { return "" }
    let keep = following.keepMs.map { ", kept for \($0) ms" } ?? ""
    return ", looked up every \(following.intervalMs) ms (\(following.resolve))\(keep)"
  }

  private static func text(_ checker: Checker?) -> String {
    guard let checker else { return "" }
    return
      ": \(checker.kind)\(checker.respectDown ? ", down stays down," : "") every \(checker.intervalMs) ms, \(checker.timeoutMs) ms, "
      + StatusRanges.texts(checker.validStatuses).joined(separator: " ")
  }

  @Test(arguments: names) func problemsAreThoseBeside(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let result = name.hasSuffix(".conf") ? loader.load(nginx: path) : loader.load(config: path)
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
