import FoundationEssentials

/// JSON as it stands in the ledger and on the wire: keys sorted, slashes plain.
package enum JsonText {
  package static func encode(_ value: some Encodable) -> String { encodeAny(value) }

  /// - Throws: `DecodingError` when `text` is not JSON of that shape.
  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try decodeAny(type, from: text)
  }

  /// As `Codable` writes it, also where a record has code of its own.
  package static func encodeAny(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Our records hold strings, integers and booleans alone, and those always encode.
    guard let data = try? encoder.encode(value) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }

  package static func decodeAny<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
