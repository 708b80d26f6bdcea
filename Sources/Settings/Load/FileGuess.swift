/// Which language a settings file is written in, by its first statement.
enum FileGuess {
  case nginx
  case yaml

  /// Nil where nothing is said, or neither language would begin so.
  static func of(_ bytes: [UInt8]) -> FileGuess? {
    var lexer = NginxLexer(bytes)
    guard let first = try? lexer.next(), case .word(let word) = first else {
      return nil
    }
    guard isDirective(word.text), word.range.lowerBound == word.at else { return .yaml }
    // The first statement ends soon; a file of YAML may have no `;` at all.
    for _ in 0..<1000 {
      guard let token = try? lexer.next() else { return nil }
      switch token {
      case .semicolon, .open: return .nginx
      case .close, .end: return nil
      case .word(let word): if word.text.hasPrefix(":") { return .yaml }
      }
    }
    return nil
  }

  /// `name`, as every directive is called; `name:` begins YAML.
  private static func isDirective(_ text: String) -> Bool {
    text.utf8.first?.isLetter == true
      && text.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
  }
}
