import Addresses
package import Ledger
package import Redis
package import RedisLedger
package import RedisTestServer
import Synchronization

/// The implementations that the contract is run against.
package enum LedgerKind: String, CaseIterable, Sendable {
  case inProcess
  case redis
  case redis62
  case valkey9

  /// A ledger with nothing in it.
  package func make() async throws -> LedgerContract {
    switch self {
    case .inProcess:
      let clock = TestClock()
      return LedgerContract(
        store: InProcessLedger { clock.now }, advance: { clock.advance($0) })
    case .redis: return try await Self.redis(.redis70)
    case .redis62: return try await Self.redis(.redis62)
    case .valkey9: return try await Self.redis(.valkey9)
    }
  }

  private static func redis(_ release: RedisRelease) async throws -> LedgerContract {
    // All of it by the user that is recommended for nodes.
    let server = try await RedisServer(release: release)
    let admin = RedisClient.patient(with: server)
    let node = try await RedisClient.patient(
      with: server, as: AccessRules(.node, namespace: "test"), given: admin)
    return LedgerContract(
      store: RedisLedger(node, namespace: "test") { _ in }, server: server,
      advance: { try await admin.age($0) })
  }
}

extension RedisClient {
  /// A client to whom a slow machine is no failure.
  package static func patient(with server: RedisServer, database: Int = 0) -> RedisClient {
    var settings = RedisSettings(.unix(path: server.socket))
    settings.database = database
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return RedisClient(settings)
  }

  /// The same for a user of its own.
  ///
  /// - Parameter admin: makes it.
  package static func patient(
    with server: RedisServer, as rules: AccessRules, given admin: RedisClient
  ) async throws -> RedisClient {
    let words = rules.line(user: "limited", password: ">secret").split(separator: " ").map(String.init)
    _ = try await admin.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
    var settings = admin.settings
    settings.user = "limited"
    settings.password = .text("secret")
    return RedisClient(settings)
  }

  /// Brings every key so many ms nearer to its end: nobody has to wait for an expiry.
  package func age(_ ms: Int64) async throws {
    for key in try await send(RedisCommand("KEYS", "*")).elements {
      guard let key = key.string else { continue }
      let left = try await send(RedisCommand("PTTL", key)).integer ?? -1
      guard left >= 0 else { continue }
      _ = try await send(RedisCommand("PEXPIRE", key, String(Int64(left) - ms)))
    }
  }
}

/// A clock that stands until it is moved.
package final class TestClock: Sendable {
  private let time = Mutex(LedgerTime(wallMs: 1_795_400_000_000, steadyMs: 1_000))

  package init() {}

  package var now: LedgerTime { time.withLock { $0 } }

  package func advance(_ ms: Int64) {
    time.withLock { time in
      time.wallMs += ms
      time.steadyMs += ms
    }
  }
}
