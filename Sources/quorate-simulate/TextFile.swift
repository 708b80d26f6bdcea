import ArgumentParser
import FoundationEssentials

/// A file of lines; those that begin with `#` are comments.
enum TextFile {
  static func lines(of path: String) throws -> [Substring] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ValidationError("\(path) cannot be read, or is no text")
    }
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
  }
}
