/// Many histories from seeds, and the shortest that still shows a difference.
struct Histories {
  let pair: Pair
  var scripts = ClockedScripts.right
  var steps = 120

  /// Nil: no difference in all of them. Otherwise the shrunk history, told for people.
  func firstDifference(seeds: Range<UInt64>) async throws -> Shrunk? {
    for seed in seeds {
      var chance = Chance(seed: seed)
      let operations = (0..<steps).map { _ in Operation.random(using: &chance) }
      guard let difference = try await History.live(operations, pair, scripts) else { continue }
      return try await shrink(Array(operations.prefix(difference.step + 1)), difference, seed)
    }
    return nil
  }

  struct Shrunk: CustomStringConvertible {
    var seed: UInt64
    var operations: [Operation]
    var difference: History.Difference

    var description: String {
      let lines = operations.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
      return "seed \(seed), \(operations.count) steps:\n\(lines)\n\(difference.description)"
    }
  }

  /// Takes out pieces, larger ones first, as long as a difference stays.
  private func shrink(
    _ operations: [Operation], _ difference: History.Difference, _ seed: UInt64
  ) async throws -> Shrunk {
    var shortest = Shrunk(seed: seed, operations: operations, difference: difference)
    var size = max(1, operations.count / 2)
    while size >= 1 {
      var start = 0
      var hasShrunk = false
      while start < shortest.operations.count {
        var fewer = shortest.operations
        fewer.removeSubrange(start..<min(start + size, fewer.count))
        if let found = try await History.live(fewer, pair, scripts) {
          shortest.operations = Array(fewer.prefix(found.step + 1))
          shortest.difference = found
          hasShrunk = true
        } else {
          start += size
        }
      }
      if size > 1 { size /= 2 } else if !hasShrunk { break }
    }
    return shortest
  }
}
