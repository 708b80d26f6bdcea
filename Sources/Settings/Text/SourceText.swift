/// The bytes of one file, and where each of them stands.
final class SourceText: Sendable {
  /// As it was given.
  let path: String
  /// Perhaps no UTF-8: columns then count the bytes that would begin a character.
  let bytes: [UInt8]
  /// Offsets of the first byte of each line; a line ends with LF.
  private let lines: [Int]
  /// How many scalars begin before each `step`-th byte, so that places in a file of one long line are found as fast.
  private let scalars: [Int]

  private static let step = 256

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var lines = [0]
    var scalars: [Int] = []
    var count = 0
    for (offset, byte) in bytes.enumerated() {
      if offset % Self.step == 0 { scalars.append(count) }
      if Self.beginsScalar(byte) { count += 1 }
      if byte == UInt8(ascii: "\n") { lines.append(offset + 1) }
    }
    scalars.append(count)
    self.lines = lines
    self.scalars = scalars
  }

  /// Line and column of the byte at `offset`; of the end for one beyond it.
  func location(_ offset: Int) -> SourceLocation {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lines[middle] <= offset { low = middle } else { high = middle }
    }
    let offset = min(max(offset, lines[low]), bytes.count)
    return SourceLocation(
      file: path, line: low + 1, column: scalars(before: offset) - scalars(before: lines[low]) + 1)
  }

  private func scalars(before offset: Int) -> Int {
    let part = min(offset / Self.step, scalars.count - 1)
    return scalars[part] + bytes[min(part * Self.step, offset)..<offset].count(where: Self.beginsScalar)
  }

  private static func beginsScalar(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }
}

/// A part of a file that is read by other rules, such as the Lua in an nginx configuration.
///
/// Where the outer language has escapes, the part's bytes are not a run of the file's bytes; `offsets` then says
/// where each comes from.
struct Fragment {
  let source: SourceText
  let bytes: ArraySlice<UInt8>
  /// For each byte, its offset in the file; nil: the indices of `bytes` are the offsets.
  private let offsets: [Int]?

  /// A run of a file.
  init(_ source: SourceText, _ range: Range<Int>) {
    self.source = source
    bytes = source.bytes[range]
    offsets = nil
  }

  /// Bytes with an offset for each.
  init(_ source: SourceText, _ bytes: [UInt8], offsets: [Int]) {
    self.source = source
    self.bytes = bytes[...]
    self.offsets = offsets
  }

  /// The place of the byte with this index of `bytes`.
  func location(_ index: Int) -> SourceLocation {
    guard let offsets else { return source.location(index) }
    return source.location(index < offsets.count ? offsets[index] : (offsets.last ?? 0) + 1)
  }
}
