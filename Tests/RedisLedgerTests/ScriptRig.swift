import Addresses
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Synchronization

/// A ledger on a server of its own, and what it says.
final class ScriptRig: Sendable {
  let server: RedisServer
  let client: RedisClient
  let ledger: RedisLedger
  let heard: Heard

  init(_ options: [String] = [], release: RedisRelease = .redis70) async throws {
    let heard = Heard()
    server = try await RedisServer(options, release: release)
    client = RedisClient.patient(with: server)
    self.heard = heard
    ledger = RedisLedger(client, namespace: "test") { heard.add($0) }
  }

  var contract: LedgerContract { LedgerContract(store: ledger) }

  /// The same ledger for a user of these rules, which come after `on nopass ~* &*`.
  func ledger(permitted rules: [String]) async throws -> RedisLedger {
    let limited = try await client(permitted: ["~*", "&*"] + rules)
    return RedisLedger(limited, namespace: "test") { [heard] in heard.add($0) }
  }

  /// A client of that user, whose rules are added to.
  func client(permitted rules: [String]) async throws -> RedisClient {
    let user = ["SETUSER", "limited", "on", "nopass"]
    _ = try await client.send(RedisCommand("ACL", arguments: user + rules))
    var settings = RedisSettings(.unix(path: server.socket))
    settings.user = "limited"
    settings.password = .text("any")
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return RedisClient(settings)
  }

  func redis(_ words: String...) async throws -> RedisReply {
    try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }
}

final class Heard: Sendable {
  private let notices = Mutex<[LedgerNotice]>([])

  var all: [LedgerNotice] { notices.withLock { $0 } }

  func add(_ notice: LedgerNotice) { notices.withLock { $0.append(notice) } }
}
