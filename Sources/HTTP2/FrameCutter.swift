/// Cuts what comes into frames: the library gets the nine bytes before each whole, and no more than one frame at once. So it
/// says what it has to say of a frame before the next one is looked at, wherever the pieces end.
struct FrameCutter {
  private static let headerCount = 9

  /// The start of a frame whose nine bytes are not here.
  private var header: [UInt8] = []
  /// Bytes of the frame that are to come.
  private var left = 0

  /// Hands over what belongs to one frame, or the next part of it; nil: all was taken.
  ///
  /// - Parameter at: where the piece goes on; moved behind what was taken.
  mutating func next<Result>(
    _ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result? {
    let rest = UnsafeBufferPointer(rebasing: piece[at...])
    guard !rest.isEmpty else { return nil }
    if left == 0, header.isEmpty, rest.count >= Self.headerCount {
      let length = Self.length(rest)
      let count = Self.headerCount + min(length, rest.count - Self.headerCount)
      left = length - (count - Self.headerCount)
      at += count
      return body(UnsafeBufferPointer(rebasing: rest[..<count]))
    }
    if left > 0 {
      let count = min(left, rest.count)
      left -= count
      at += count
      return body(UnsafeBufferPointer(rebasing: rest[..<count]))
    }
    let taken = min(Self.headerCount - header.count, rest.count)
    header += rest.prefix(taken)
    at += taken
    guard header.count == Self.headerCount else { return nil }
    defer { header.removeAll(keepingCapacity: true) }
    left = header.withUnsafeBufferPointer { Self.length($0) }
    return header.withUnsafeBufferPointer { body($0) }
  }

  private static func length(_ header: UnsafeBufferPointer<UInt8>) -> Int {
    Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
  }
}
