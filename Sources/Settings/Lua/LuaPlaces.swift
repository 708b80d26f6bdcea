/// Places of lines in the chunks of an evaluation.
struct LuaPlaces {
  private struct Chunk {
    var fragment: Fragment
    /// Where each line of it begins.
    var lines: [Int]
    /// The number of its first line in the file.
    var first: Int
  }

  private var chunks: [Chunk] = []

  /// How many chunks there are.
  var count: Int { chunks.count }

  /// The number of the chunk, from 1.
  mutating func add(_ fragment: Fragment) -> Int {
    var lines = [fragment.bytes.startIndex]
    for (index, byte) in zip(fragment.bytes.indices, fragment.bytes) where byte == UInt8(ascii: "\n") {
      lines.append(index + 1)
    }
    let first = fragment.location(fragment.bytes.startIndex).line
    chunks.append(Chunk(fragment: fragment, lines: lines, first: first))
    return chunks.count
  }

  /// The Lua of a chunk, with its lines numbered as in the file: messages name them, too.
  static func text(_ fragment: Fragment) -> [UInt8] {
    let before = fragment.location(fragment.bytes.startIndex).line - 1
    return [UInt8](repeating: UInt8(ascii: "\n"), count: before) + fragment.bytes
  }

  /// The first word of the line; nil for a chunk that is not there.
  func location(_ spot: LuaSpot) -> SourceLocation? {
    start(of: spot).map { chunks[spot.chunk - 1].fragment.location($0) }
  }

  /// The place of a `spawn_checker` call, and those of its options where they are written in the call.
  func call(_ spot: LuaSpot) -> (location: SourceLocation, options: [String: SourceLocation])? {
    guard let start = start(of: spot) else { return nil }
    let fragment = chunks[spot.chunk - 1].fragment
    let rest = fragment.bytes[start...]
    let line = rest.prefix { $0 != UInt8(ascii: "\n") }
    let name = Array("spawn_checker".utf8)
    let found = line.indices.filter { line[$0...].starts(with: name) }
    // Two calls on one line are not told apart.
    guard found.count == 1, let at = found.first else { return (fragment.location(start), [:]) }
    let values = LuaScan.options(in: fragment.bytes, from: at + name.count)
    let before = line[..<at].reversed().prefix { $0.isAlphanumeric || "_.:".utf8.contains($0) }
    return (fragment.location(at - before.count), values.mapValues { fragment.location($0) })
  }

  private func start(of spot: LuaSpot) -> Int? {
    guard spot.chunk > 0, spot.chunk <= chunks.count else { return nil }
    let chunk = chunks[spot.chunk - 1]
    let line = min(max(spot.line - chunk.first, 0), chunk.lines.count - 1)
    let start = chunk.lines[line]
    let word = chunk.fragment.bytes[start...].firstIndex { $0 != 32 && $0 != 9 && $0 != 13 }
    return word ?? start
  }
}
