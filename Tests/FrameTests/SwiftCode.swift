/// The code of a Swift file, with its comments and the contents of its strings blanked out: in them, words mean
/// nothing. Lines and columns stay.
struct SwiftCode {
  private enum Place {
    case code
    case lineComment
    case blockComment(depth: Int)
    case string(quote: [UInt8], escape: [UInt8])
  }

  private let text: [UInt8]
  private var index = 0
  private var place = Place.code
  private var blanked: [UInt8] = []

  static func lines(of text: String) -> [String] {
    var code = SwiftCode(text: Array(text.utf8))
    code.run()
    return code.blanked.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private init(text: [UInt8]) {
    self.text = text
  }

  private mutating func run() {
    while index < text.count {
      switch place {
      case .code: code()
      case .lineComment:
        if text[index] == UInt8(ascii: "\n") { place = .code }
        blank(1)
      case .blockComment(let depth): comment(depth)
      case .string(let quote, let escape): string(quote, escape)
      }
    }
  }

  private mutating func code() {
    if isNext("//") {
      place = .lineComment
    } else if isNext("/*") {
      place = .blockComment(depth: 1)
      blank(2)
    } else if let start = stringStart() {
      place = .string(quote: start.quote, escape: start.escape)
      keep(start.length)
    } else {
      keep(1)
    }
  }

  private mutating func comment(_ depth: Int) {
    if isNext("/*") {
      place = .blockComment(depth: depth + 1)
      blank(2)
    } else if isNext("*/") {
      place = depth == 1 ? .code : .blockComment(depth: depth - 1)
      blank(2)
    } else {
      blank(1)
    }
  }

  private mutating func string(_ quote: [UInt8], _ escape: [UInt8]) {
    if isNext(escape) {
      blank(escape.count + 1)
    } else if isNext(quote) {
      place = .code
      keep(quote.count)
    } else {
      blank(1)
    }
  }

  /// What a string that starts here ends with, and what escapes in it: `"`, `"""`, `#"`, `##"""` and so on.
  private func stringStart() -> (quote: [UInt8], escape: [UInt8], length: Int)? {
    guard text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "#") else { return nil }
    let hashes = text[index...].prefix { $0 == UInt8(ascii: "#") }.count
    guard index + hashes < text.count, text[index + hashes] == UInt8(ascii: "\"") else { return nil }
    let quotes = text[(index + hashes)...].prefix { $0 == UInt8(ascii: "\"") }.count >= 3 ? 3 : 1
    let tail = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    let quote = [UInt8](repeating: UInt8(ascii: "\""), count: quotes) + tail
    return (quote, [UInt8(ascii: "\\")] + tail, hashes + quotes)
  }

  private func isNext(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { word in isNext(word.count) { word[$0] } }
  }

  private func isNext(_ word: [UInt8]) -> Bool { isNext(word.count) { word[$0] } }

  private func isNext(_ count: Int, _ byte: (Int) -> UInt8) -> Bool {
    var matched = 0
    while matched < count, index + matched < text.count, text[index + matched] == byte(matched) {
      matched += 1
    }
    return matched == count
  }

  private mutating func keep(_ count: Int) {
    blanked += text[index..<min(index + count, text.count)]
    index += count
  }

  private mutating func blank(_ count: Int) {
    for byte in text[index..<min(index + count, text.count)] {
      blanked.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
    }
    index += count
  }
}
