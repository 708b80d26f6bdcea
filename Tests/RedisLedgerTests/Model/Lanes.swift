import LedgerTestKit
import Redis
import RedisTestServer

/// Several histories at once, each in a database of its own of one server: most of a history's time is spent waiting
/// for answers.
enum Lanes {
  private static let count = 8

  /// Does all the work, and each piece with a client that nobody else has meanwhile.
  static func run<Piece: Sendable>(
    _ work: [Piece], _ body: @escaping @Sendable (RedisClient, Piece) async throws -> Void
  ) async throws {
    let server = try await RedisServer()
    try await withThrowingTaskGroup(of: RedisClient.self) { group in
      var free = (0..<count).map { RedisClient.patient(with: server, database: $0) }
      for piece in work {
        if free.isEmpty, let client = try await group.next() { free.append(client) }
        guard let client = free.popLast() else { break }
        group.addTask {
          try await body(client, piece)
          return client
        }
      }
      try await group.waitForAll()
    }
    server.stop()
  }
}
