import Addresses
import Foundation
import Redis
import RedisTestServer
import Testing

/// `make test-leaks` is the long run, alone in its process: it sets `QUORATE_RECONNECTS`, and looks at the memory too.
@Suite(.timeLimit(.minutes(10)), .serialized) struct LeakTests {
  private static let long = ProcessInfo.processInfo.environment["QUORATE_RECONNECTS"].flatMap(Int.init)

  @Test func reconnectsLeaveNothingBehind() async throws {
    let port = try FreePort.find()
    let server = try await RedisServer(["--port", "\(port)", "--requirepass", "pw"])
    var settings = RedisSettings(try RedisURL("redis://:pw@127.0.0.1:\(port)/1?name=leak"))
    settings.limits.shortestRest = .microseconds(100)
    settings.limits.longestRest = .microseconds(100)
    settings.limits.commandDeadline = .seconds(60)
    let journal = Journal<RedisLinkEvent>()
    let client = RedisClient(settings) { event in
      if case .connected = event { journal.add(event) }
    }
    try await reconnect(client, 200)
    let before = try Memory.bytes()
    let rounds = Self.long ?? 1_000
    try await reconnect(client, rounds)
    let more = try Memory.bytes() - before
    // Beside other tests, the memory of this process is theirs too. Alone it has the journal's entries more.
    if Self.long != nil { #expect(more < (2 << 20) + rounds * 128) }
    print("\(rounds) reconnects, \(more >> 10) KiB more")
    #expect(journal.entries.count >= rounds)
    await client.close()
    #expect(try Sockets.open(to: port) == 0)
    #expect(client.pendingCommands == 0)
    server.stop()
  }

  private func reconnect(_ client: RedisClient, _ times: Int) async throws {
    for round in 0..<times {
      // Half of them with something under way when the connection goes.
      if round % 2 == 0 {
        #expect(await client.said("QUIT") == "OK")
      } else {
        _ = await client.pipeline([
          RedisCommand("SET", "k", "v"), RedisCommand("QUIT"), RedisCommand("GET", "k"),
        ])
      }
    }
  }

  /// Dials that fail must not leave anything either.
  @Test func failedDialsLeaveNothingBehind() async throws {
    let port = try FreePort.find()
    let server = try await RedisServer(["--port", "\(port)", "--requirepass", "pw"])
    var settings = RedisSettings(.tcp(host: "127.0.0.1", port: port))
    settings.password = .text("wrong")
    settings.limits.shortestRest = .microseconds(100)
    settings.limits.longestRest = .microseconds(100)
    settings.limits.commandDeadline = .seconds(60)
    let client = RedisClient(settings)
    for _ in 0..<(Self.long ?? 300) { #expect(await client.said("PING") == "<refused>") }
    await client.close()
    #expect(try Sockets.open(to: port) == 0)
    server.stop()
  }
}

private enum Memory {
  /// Of this process, resident.
  static func bytes() throws -> Int {
    let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }
}

private enum Sockets {
  /// This machine's sockets whose other end is the port, but for those that the kernel keeps after their end.
  static func open(to port: Int) throws -> Int {
    let table = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
    let end = ":" + String(String(port + 0x10000, radix: 16, uppercase: true).suffix(4))
    return table.split(separator: "\n").dropFirst().count { line in
      let words = line.split(separator: " ")
      let isEnding = ["04", "05", "06", "09", "0B"].contains(words[3])
      return words[2].hasSuffix(end) && !isEnding && words[9] != "0"
    }
  }
}
