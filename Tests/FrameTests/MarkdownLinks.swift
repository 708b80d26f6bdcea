/// The relative links of a Markdown file, and whether something is where they lead.
enum MarkdownLinks {
  struct Link: Hashable {
    var line: Int
    var target: String
  }

  /// Dead links.
  ///
  /// - Parameter read: the text of the file at a path from the repository's top; nil: there is none. A folder has an
  ///   empty text.
  static func violations(in file: SourceFile, read: (String) -> String?) -> [Violation] {
    links(in: file.text).compactMap { link in
      let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file.path)
      guard let text = read(path) else {
        return Violation(path: file.path, line: link.line, what: "the link to \(link.target) leads nowhere")
      }
      guard parts.count == 2, path.hasSuffix(".md"), !headings(of: text).contains(String(parts[1])) else {
        return nil
      }
      return Violation(path: file.path, line: link.line, what: "\(path) has no heading #\(parts[1])")
    }
  }

  /// Links and pictures `[…](target)` outside of code, but not those to other machines.
  static func links(in text: String) -> [Link] {
    var links: [Link] = []
    for (number, line) in prose(text) {
      let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
      // Every second piece stands between backticks.
      for piece in pieces.indices.filter({ $0.isMultiple(of: 2) }).map({ pieces[$0] }) {
        links += targets(in: piece).map { Link(line: number, target: $0) }
      }
    }
    return links.filter { link in
      !link.target.contains("://") && !link.target.hasPrefix("mailto:") && !link.target.isEmpty
    }
  }

  private static func targets(in text: Substring) -> [String] {
    var targets: [String] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "](") {
      rest = rest[open.upperBound...]
      guard let close = rest.firstIndex(of: ")") else { return targets }
      // A title may follow the target.
      targets.append(String(rest[..<close].prefix { $0 != " " }))
      rest = rest[close...]
    }
    return targets
  }

  private static func headings(of text: String) -> Set<String> {
    Set(
      prose(text).filter { $0.line.hasPrefix("#") }.map { heading in
        let title = heading.line.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
          title.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
      })
  }

  /// The lines outside of fenced code, with their numbers.
  private static func prose(_ text: String) -> [(number: Int, line: Substring)] {
    var isCode = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      index, line in
      let isFence = line.drop { $0 == " " }.hasPrefix("```")
      if isFence { isCode.toggle() }
      return isCode || isFence ? nil : (index + 1, line)
    }
  }

  static func resolve(_ target: String, from path: String) -> String {
    var parts = path.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }
}
