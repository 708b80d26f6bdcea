/// Looks for bytes in what comes in pieces, and never looks at a byte twice (Knuth, Morris and Pratt).
package struct ByteSearch: Sendable {
  package let wanted: [UInt8]
  /// How much of `wanted` still stands when its next byte does not.
  private let fallback: [Int32]

  package init(_ wanted: [UInt8]) {
    self.wanted = wanted
    var fallback = [Int32](repeating: 0, count: wanted.count)
    var length = 0
    for index in wanted.indices.dropFirst() {
      while length > 0, wanted[index] != wanted[length] { length = Int(fallback[length - 1]) }
      if wanted[index] == wanted[length] { length += 1 }
      fallback[index] = Int32(length)
    }
    self.fallback = fallback
  }

  /// - Parameters:
  ///   - bytes: the next piece.
  ///   - state: how much has been met, 0 before the first piece.
  /// - Returns: how many bytes of the piece end the first occurrence; nil: it has not come yet.
  package func advance(_ state: inout Int, over bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    if wanted.isEmpty || state == wanted.count { return 0 }
    for (index, byte) in bytes.enumerated() {
      while state > 0, wanted[state] != byte { state = Int(fallback[state - 1]) }
      if wanted[state] == byte { state += 1 }
      if state == wanted.count { return index + 1 }
    }
    return nil
  }
}
