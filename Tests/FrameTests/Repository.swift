import FoundationEssentials

/// The files of this repository, found from where this file is.
enum Repository {
  static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })

  /// What the tests read; nothing that a build leaves behind.
  private static let tops = [
    "Sources", "Tests", "docs", "docker", ".ci", "README.md", "CHANGELOG.md", "Makefile", "Package.swift",
    ".gitignore",
    ".swift-format",
  ]

  /// Every file, or those with one of these endings.
  static func files(endings: Set<String> = []) -> [SourceFile] {
    tops.flatMap { paths(under: $0) }.sorted().compactMap { path in
      guard endings.isEmpty || endings.contains(String(path.split(separator: ".").last ?? "")) else {
        return nil
      }
      guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
      // What is not text (a picture) is nobody's here.
      return String(bytes: data, encoding: .utf8).map { SourceFile(path: path, text: $0) }
    }
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }

  private static func paths(under path: String) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)") else {
      return exists(path) ? [path] : []
    }
    return names.flatMap { paths(under: "\(path)/\($0)") }
  }
}

/// A file with its path from the repository's top.
struct SourceFile: Sendable {
  var path: String
  var text: String

  /// The folder under Sources or Tests; empty for other files.
  var room: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 && (parts[0] == "Sources" || parts[0] == "Tests") ? String(parts[1]) : ""
  }

  var isSource: Bool { path.hasPrefix("Sources/") }
  var isTest: Bool { path.hasPrefix("Tests/") }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}

/// Something that a file may not have, and what to do instead.
struct Violation: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var what: String

  var description: String { "\(path):\(line): \(what)" }
}
