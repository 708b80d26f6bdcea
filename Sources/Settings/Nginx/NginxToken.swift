/// One word of an nginx configuration.
struct NginxWord {
  /// With quotes taken off and escapes read.
  var text: String
  /// False: its bytes are not UTF-8, and `text` has U+FFFD in their place.
  var isText: Bool
  /// Offset of its first byte in the file, quotes included.
  var at: Int
  /// The bytes of the file that the text comes from, without quotes.
  var range: Range<Int>
}

enum NginxToken {
  case word(NginxWord)
  case open(Int)
  case close(Int)
  case semicolon(Int)
  case end(Int)
}

/// Why a text is no nginx configuration, and where.
struct NginxError: Error {
  var at: Int
  var what: String
  var remedy: String
}

/// Cuts an nginx configuration into words, by the rules of nginx itself (`ngx_conf_read_token`): quotes and comments
/// count only where a word begins; a backslash takes the next byte as it is; `${` opens no block.
struct NginxLexer {
  let bytes: [UInt8]
  /// Offset of the next byte.
  var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark, which some editors leave.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func next() throws(NginxError) -> NginxToken {
    skipSpace()
    let start = position
    guard start < bytes.count else { return .end(start) }
    switch bytes[start] {
    case UInt8(ascii: "{"):
      position += 1
      return .open(start)
    case UInt8(ascii: "}"):
      position += 1
      return .close(start)
    case UInt8(ascii: ";"):
      position += 1
      return .semicolon(start)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .word(try quoted())
    default: return .word(plain())
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\n")
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else if isSpace(bytes[position]) {
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func plain() -> NginxWord {
    let start = position
    var afterDollar = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "{"), afterDollar {
        afterDollar = false
      } else if isSpace(byte) || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "{") {
        break
      } else {
        afterDollar = byte == UInt8(ascii: "$")
        if byte == UInt8(ascii: "\\") { position += 1 }
      }
      position += 1
    }
    position = min(position, bytes.count)
    return word(start, start..<position)
  }

  private mutating func quoted() throws(NginxError) -> NginxWord {
    let start = position
    let quote = bytes[start]
    position += 1
    while position < bytes.count, bytes[position] != quote {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else {
      throw NginxError(at: start, what: "a quoted text has no end", remedy: "close the quotes")
    }
    let end = position
    position += 1
    if position < bytes.count {
      let next = bytes[position]
      guard
        isSpace(next) || next == UInt8(ascii: ";") || next == UInt8(ascii: "{") || next == UInt8(ascii: ")")
      else {
        throw NginxError(
          at: position, what: "unexpected \"\(Quoting.short([next]))\" after a quoted text",
          remedy: "put a space or \";\" there, or quote the whole word")
      }
    }
    return word(start, start + 1..<end)
  }

  private func word(_ start: Int, _ range: Range<Int>) -> NginxWord {
    let plain = Self.unescape(bytes, range).bytes
    let text = String(validating: plain, as: UTF8.self)
    return NginxWord(
      text: text ?? String(decoding: plain, as: UTF8.self), isText: text != nil, at: start, range: range)
  }

  /// nginx's escapes: `\"`, `\'` and `\\` lose the backslash; `\t`, `\r` and `\n` are control characters; before
  /// anything else a backslash stays.
  static func unescape(_ bytes: [UInt8], _ range: Range<Int>) -> (bytes: [UInt8], offsets: [Int]) {
    var plain: [UInt8] = []
    var offsets: [Int] = []
    var index = range.lowerBound
    while index < range.upperBound {
      var byte = bytes[index]
      offsets.append(index)
      if byte == UInt8(ascii: "\\"), index + 1 < range.upperBound, let meant = escape(bytes[index + 1]) {
        byte = meant
        index += 1
      }
      plain.append(byte)
      index += 1
    }
    return (plain, offsets)
  }

  private static func escape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): byte
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "r"): 13
    default: nil
    }
  }
}
