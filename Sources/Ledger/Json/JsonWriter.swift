/// Writes JSON into bytes, as `JSONEncoder` does with sorted keys and plain slashes: whoever writes a record keeps to the
/// order of its keys.
package struct JsonWriter: ~Copyable {
  private var bytes: [UInt8] = []
  /// Nothing stands before the next member of the object that is open.
  private var isFirst = true

  init() { bytes.reserveCapacity(320) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  // MARK: Objects

  mutating func open() {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
  }

  mutating func close() {
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  mutating func key(_ key: StaticString) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  mutating func key(_ key: String) {
    comma()
    string(key)
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  private mutating func comma() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
  }

  mutating func list(_ strings: [String]) {
    bytes.append(UInt8(ascii: "["))
    isFirst = true
    for string in strings {
      comma()
      self.string(string)
    }
    bytes.append(UInt8(ascii: "]"))
    isFirst = false
  }

  // MARK: Values

  mutating func string(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { text in
      if text.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
        for byte in text { escape(byte) }
      } else {
        bytes.append(contentsOf: text)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    isFirst = false
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case 0x08: bytes += Array("\\b".utf8)
    case 0x09: bytes += Array("\\t".utf8)
    case 0x0a: bytes += Array("\\n".utf8)
    case 0x0c: bytes += Array("\\f".utf8)
    case 0x0d: bytes += Array("\\r".utf8)
    case 0..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    default: bytes.append(byte)
    }
  }

  mutating func number(_ number: some BinaryInteger) {
    bytes.append(contentsOf: String(number).utf8)
    isFirst = false
  }

  /// Thousandths as a decimal fraction, without zeros at its end.
  mutating func thousandths(_ thousandths: UInt32) {
    number(thousandths / 1000)
    var rest = thousandths % 1000
    guard rest > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    var unit: UInt32 = 100
    while rest > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
      unit /= 10
    }
  }

  mutating func bool(_ bool: Bool) {
    bytes.append(contentsOf: bool ? "true".utf8 : "false".utf8)
    isFirst = false
  }

  mutating func null() {
    bytes.append(contentsOf: "null".utf8)
    isFirst = false
  }
}
