import FoundationEssentials

/// RFC 4648's base64, for requests that are not text.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// Spaces and line ends between the characters are passed over; nil for anything else that is not base64.
  static func decode(_ text: String) -> [UInt8]? {
    Data(base64Encoded: Data(text.utf8.filter { $0 > 32 })).map { Array($0) }
  }
}
