import LedgerTestKit

/// Several histories at once, each with servers of its own: most of a history's time is spent waiting for answers.
enum Lanes {
  private static let count = 8

  /// Does all the work, and each piece with a pair that nobody else has meanwhile.
  static func run<Piece: Sendable>(
    _ work: [Piece], _ body: @escaping @Sendable (Pair, Piece) async throws -> Void
  ) async throws {
    var free: [Pair] = []
    for _ in 0..<min(count, work.count) { free.append(try await Pair()) }
    let pairs = free
    try await withThrowingTaskGroup(of: Pair.self) { group in
      for piece in work {
        if free.isEmpty, let pair = try await group.next() { free.append(pair) }
        guard let pair = free.popLast() else { break }
        group.addTask {
          try await body(pair, piece)
          return pair
        }
      }
      try await group.waitForAll()
    }
    for pair in pairs { pair.stop() }
  }
}
