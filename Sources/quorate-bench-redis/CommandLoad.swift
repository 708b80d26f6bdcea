import Redis

/// Plain commands, sent by the client of this project.
struct CommandLoad: Sendable {
  private let client: RedisClient

  init(_ client: RedisClient) async throws {
    self.client = client
    _ = try await client.send(RedisCommand("SET", "bench:key", "0123456789"))
    try await writeHash(1)
  }

  func pings(_ times: Int) async throws {
    for _ in 0..<times { _ = try await client.send(RedisCommand("PING")) }
  }

  func gets(callers: Int, each: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<callers {
        group.addTask {
          for _ in 0..<each {
            guard try await client.send(RedisCommand("GET", "bench:key")).string != nil else {
              throw BenchError()
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  func pipelines(_ times: Int, depth: Int) async throws {
    for _ in 0..<times {
      var commands: [RedisCommand] = []
      commands.reserveCapacity(depth)
      for _ in 0..<depth { commands.append(RedisCommand("GET", "bench:key")) }
      for result in await client.pipeline(commands) {
        guard try result.get().string != nil else { throw BenchError() }
      }
    }
  }

  func writeHash(_ times: Int) async throws {
    for _ in 0..<times {
      var command = RedisCommand("HSET", "bench:hash")
      command.reserve(arguments: 2 * BenchHash.pairs.count, bytes: BenchHash.pairs.count * 32)
      for (name, value) in BenchHash.pairs {
        command.append(name)
        command.append(value)
      }
      _ = try await client.send(command)
    }
  }

  func readHash(_ times: Int) async throws {
    for _ in 0..<times {
      let reply = try await client.send(RedisCommand("HGETALL", "bench:hash"))
      var bytes = 0
      for (name, value) in reply.pairs {
        bytes += name.byteCount ?? 0
        bytes += value.byteCount ?? 0
      }
      guard bytes > BenchHash.pairs.count else { throw BenchError() }
    }
  }
}

/// The hash that both sides write.
enum BenchHash {
  static let pairs = (0..<1_000).map {
    (name: "127.0.0.1:\(10_000 + $0)", value: $0 % 2 == 0 ? "up" : "down")
  }
}
