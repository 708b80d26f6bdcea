/// Reads JSON that our own programs have written: no spaces, few escapes, integers. Of anything else it says nothing, and
/// leaves it to a reader that knows all of JSON.
package struct JsonReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// It is not what was expected; nothing that was read counts.
  package struct Unexpected: Error {}

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  private mutating func next() throws(Unexpected) -> UInt8 {
    guard position < bytes.count else { throw Unexpected() }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func expect(_ byte: UInt8) throws(Unexpected) {
    guard try next() == byte else { throw Unexpected() }
  }

  private mutating func has(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func has(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
    position += count
    return true
  }

  // MARK: Objects

  /// - Parameter member: takes each key, and reads its value.
  mutating func object(
    _ member: (String, inout JsonReader) throws(Unexpected) -> Void
  ) throws(Unexpected) {
    try expect(UInt8(ascii: "{"))
    if has(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while has(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  mutating func strings() throws(Unexpected) -> [String] {
    try expect(UInt8(ascii: "["))
    var strings: [String] = []
    if has(UInt8(ascii: "]")) { return strings }
    repeat { strings.append(try string()) } while has(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return strings
  }

  // MARK: Values

  mutating func string() throws(Unexpected) -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
      // Seldom: only in what peers say.
      case UInt8(ascii: "\\"): return try escaped(from: start)
      case 0..<0x20: throw Unexpected()
      default: position += 1
      }
    }
    throw Unexpected()
  }

  private mutating func escaped(from start: Int) throws(Unexpected) -> String {
    var text = Array(bytes[start..<position])
    while true {
      switch try next() {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        switch try next() {
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        default: throw Unexpected()
        }
      case 0..<0x20: throw Unexpected()
      case let byte: text.append(byte)
      }
    }
  }

  /// An integer without a sign, or with one where its type has it.
  mutating func integer<Value: FixedWidthInteger>() throws(Unexpected) -> Value {
    let isNegative = Value.isSigned && has(UInt8(ascii: "-"))
    let first = position
    var value: Value = 0
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      let digit = Value(truncatingIfNeeded: bytes[position] - UInt8(ascii: "0"))
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) =
        isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      guard !isTooLarge, !isLarger else { throw Unexpected() }
      value = sum
      position += 1
    }
    // Zeros before a number, fractions and exponents are for others.
    guard position > first, position == first + 1 || bytes[first] != UInt8(ascii: "0"), isAtEndOfNumber
    else { throw Unexpected() }
    return value
  }

  private var isAtEndOfNumber: Bool {
    guard position < bytes.count else { return true }
    return bytes[position] != UInt8(ascii: ".") && bytes[position] | 0x20 != UInt8(ascii: "e")
  }

  /// A number of at most three decimals, in thousandths.
  mutating func thousandths() throws(Unexpected) -> UInt32 {
    var value: UInt64 = 0
    var digits = 0
    var decimals = 0
    var isFraction = false
    let first = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "."), !isFraction, digits > 0 {
        isFraction = true
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        digits += 1
        if isFraction { decimals += 1 }
      } else {
        break
      }
      position += 1
    }
    // As JSON wants it: no zeros before a number.
    let hasZeros = digits - decimals > 1 && bytes[first] == UInt8(ascii: "0")
    guard digits > 0, digits < 15, !hasZeros, decimals <= 3, !isFraction || decimals > 0, isAtEndOfNumber
    else {
      throw Unexpected()
    }
    for _ in decimals..<3 { value *= 10 }
    guard let thousandths = UInt32(exactly: value) else { throw Unexpected() }
    return thousandths
  }

  mutating func bool() throws(Unexpected) -> Bool {
    if has("true") { return true }
    if has("false") { return false }
    throw Unexpected()
  }

  mutating func isNull() -> Bool { has("null") }

  mutating func value<Value: RawRepresentable<String>>() throws(Unexpected) -> Value {
    guard let value = Value(rawValue: try string()) else { throw Unexpected() }
    return value
  }
}
