package import Health

/// Reads a JSON document (RFC 8259) for the value at one place. The whole document is read, so that what is no JSON is
/// not taken for some.
package struct JsonSearch {
  /// What stands at a place.
  package enum Found: Hashable, Sendable {
    case scalar(JsonScalar)
    case object
    case array
    case nothing
  }

  /// It is no JSON, from this byte on.
  package struct Malformed: Error, Hashable, Sendable {
    package var offset: Int
    package var what: String
  }

  /// Lists and objects inside each other.
  package static let deepest = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private let path: [JsonPath.Step]

  /// Of members of one name the last one counts.
  package static func find(
    _ path: JsonPath, in bytes: UnsafeBufferPointer<UInt8>
  ) throws(Malformed) -> Found {
    var search = JsonSearch(bytes: bytes, path: path.steps)
    let found = try search.value(depth: 0, wanted: 0)
    search.skipSpace()
    guard search.position == bytes.count else { throw search.malformed("something follows the value") }
    return found ?? .nothing
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, path: [JsonPath.Step]) {
    self.bytes = bytes
    self.path = path
  }

  private func malformed(_ what: String) -> Malformed { Malformed(offset: position, what: what) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  /// - Parameter wanted: the step of the path that chooses in this value; nil: it is off the path.
  /// - Returns: what is found at the end of the path; nil: it is not here.
  private mutating func value(depth: Int, wanted: Int?) throws(Malformed) -> Found? {
    guard depth < Self.deepest else { throw malformed("more than \(Self.deepest) levels") }
    skipSpace()
    let isHere = wanted == path.count
    switch next {
    case UInt8(ascii: "{"):
      let found = try object(depth, isHere ? nil : wanted)
      return isHere ? .object : found
    case UInt8(ascii: "["):
      let found = try array(depth, isHere ? nil : wanted)
      return isHere ? .array : found
    case UInt8(ascii: "\""):
      let text = try string(isKept: isHere)
      return isHere ? .scalar(.string(text)) : nil
    case nil: throw malformed("it ends where a value should be")
    default:
      let scalar = try plain()
      return isHere ? .scalar(scalar) : nil
    }
  }

  private mutating func object(_ depth: Int, _ wanted: Int?) throws(Malformed) -> Found? {
    position += 1
    skipSpace()
    if has(UInt8(ascii: "}")) { return nil }
    var name: String?
    if let wanted, case .member(let member) = path[wanted] { name = member }
    var found: Found?
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw malformed("a name in quotes should be here") }
      let key = try string(isKept: name != nil)
      skipSpace()
      guard has(UInt8(ascii: ":")) else { throw malformed("a colon should be here") }
      let isWanted = name != nil && key == name
      let inner = try value(depth: depth + 1, wanted: isWanted ? wanted.map { $0 + 1 } : nil)
      if isWanted { found = inner }
      skipSpace()
    } while has(UInt8(ascii: ","))
    guard has(UInt8(ascii: "}")) else { throw malformed("a comma or } should be here") }
    return found
  }

  private mutating func array(_ depth: Int, _ wanted: Int?) throws(Malformed) -> Found? {
    position += 1
    skipSpace()
    if has(UInt8(ascii: "]")) { return nil }
    var index: Int?
    if let wanted, case .element(let element) = path[wanted] { index = element }
    var found: Found?
    var count = 0
    repeat {
      let isWanted = count == index
      let inner = try value(depth: depth + 1, wanted: isWanted ? wanted.map { $0 + 1 } : nil)
      if isWanted { found = inner }
      count += 1
      skipSpace()
    } while has(UInt8(ascii: ","))
    guard has(UInt8(ascii: "]")) else { throw malformed("a comma or ] should be here") }
    return found
  }

  private mutating func has(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  // MARK: Scalars

  /// - Parameter isKept: otherwise only passed over.
  private mutating func string(isKept: Bool) throws(Malformed) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return isKept ? String(decoding: text, as: UTF8.self) : ""
      case UInt8(ascii: "\\"):
        let escaped = try escape()
        if isKept { text += escaped }
      case 0..<0x20: throw malformed("a control character in a text")
      default: if isKept { text.append(byte) }
      }
    }
    throw malformed("it ends inside a text")
  }

  private mutating func escape() throws(Malformed) -> [UInt8] {
    guard let byte = next else { throw malformed("it ends inside a text") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try unicode())).utf8)
    default: throw malformed("\\ before a character that needs none")
    }
  }

  private mutating func unicode() throws(Malformed) -> Unicode.Scalar {
    let first = try unit()
    guard (0xd800..<0xdc00).contains(first), next == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
    let before = position
    position += 2
    let second = try unit()
    guard (0xdc00..<0xe000).contains(second) else {
      // It stands for itself, and so does what follows.
      position = before
      return "\u{FFFD}"
    }
    return Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)) ?? "\u{FFFD}"
  }

  private mutating func unit() throws(Malformed) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("\\u without four digits")
      }
      value = value * 16 + UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func plain() throws(Malformed) -> JsonScalar {
    for (word, scalar) in [("true", JsonScalar.bool(true)), ("false", .bool(false)), ("null", .null)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return scalar
    }
    let start = position
    while let byte = next, JsonNumber.mayHold(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard JsonNumber.isNumber(text) else {
      position = start
      throw malformed("this is no value")
    }
    return .number(text)
  }
}
