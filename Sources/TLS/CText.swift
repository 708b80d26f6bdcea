/// Texts and pieces on their way to C and back.
enum CText {
  static func string(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  static func string(_ characters: [CChar]) -> String {
    characters.withUnsafeBytes { string($0) }
  }

  /// Calls `body` with a pointer to each piece, and their lengths.
  static func withPieces<Result>(
    _ pieces: [[UInt8]],
    _ body: (UnsafePointer<UnsafePointer<UInt8>?>?, UnsafePointer<Int>?, Int) -> Result
  ) -> Result {
    // One buffer with all of them: the pointers hold for as long as it does.
    let all = Array(pieces.joined())
    let lengths = pieces.map(\.count)
    return all.withUnsafeBufferPointer { bytes in
      var starts: [UnsafePointer<UInt8>?] = []
      var offset = 0
      for length in lengths {
        starts.append(bytes.baseAddress.map { $0 + offset })
        offset += length
      }
      return starts.withUnsafeBufferPointer { starts in
        lengths.withUnsafeBufferPointer { body(starts.baseAddress, $0.baseAddress, pieces.count) }
      }
    }
  }
}
