/// Lets a mapping with duplicate keys be parsed to its end, so that its other problems are found too.
///
/// Yams stops at the first duplicate. The first of two equal keys is then given another name, by a character of
/// Unicode's private area in place of its first one: lengths and columns stay. Whoever reads the mapping sees the
/// key's true name by `name(of:)`, and so sees the duplicate.
struct DuplicateMasks {
  /// How many duplicates are followed in a small file; each costs one more parse.
  private static let most = 50
  /// Bytes that are parsed again, all parses together.
  private static let mostBytes = 16 << 20
  private static let firstMask: UInt32 = 0xE000
  private var names: [String: String] = [:]

  /// Renames the key that begins at the place. False when it cannot be found there, or there were too many.
  mutating func hide(_ name: String, line: Int, column: Int, in text: inout String) -> Bool {
    guard names.count < Self.most, names.count * text.utf8.count < Self.mostBytes,
      let mask = Unicode.Scalar(Self.firstMask + UInt32(names.count)),
      let first = name.unicodeScalars.first, var index = Self.index(line: line, column: column, in: text)
    else { return false }
    let scalars = text.unicodeScalars
    if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
    guard index < scalars.endIndex, scalars[index] == first else { return false }
    let masked = String(mask) + String(name.unicodeScalars.dropFirst())
    names[masked] = self.name(of: name)
    text.unicodeScalars.replaceSubrange(index...index, with: CollectionOfOne(mask))
    return true
  }

  /// What the author called the key.
  func name(of key: String) -> String { names[key] ?? key }

  /// Lines end as YAML 1.1 ends them.
  private static func index(line: Int, column: Int, in text: String) -> String.Index? {
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    var (atLine, atColumn) = (1, 1)
    while index < scalars.endIndex {
      if atLine == line, atColumn == column { return index }
      let scalar = scalars[index]
      index = scalars.index(after: index)
      let isBreak = [0x0A, 0x0D, 0x85, 0x2028, 0x2029].contains(scalar.value)
      if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" { continue }
      (atLine, atColumn) = isBreak ? (atLine + 1, 1) : (atLine, atColumn + 1)
    }
    return nil
  }
}
