/// Breaks long text between words.
enum Wrapping {
  /// - Parameters:
  ///   - width: columns that the text may take. A longer word stands alone and goes beyond.
  static func lines(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? word : " " + word
    }
    return lines + (line.isEmpty ? [] : [line])
  }
}
