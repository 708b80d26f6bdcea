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

  init(_ options: [String] = []) async throws {
    let heard = Heard()
    server = try await RedisServer(options)
    client = RedisClient.patient(with: server)
    self.heard = heard
    ledger = RedisLedger(client, namespace: "test") { heard.add($0) }
  }

  var contract: LedgerContract { LedgerContract(store: ledger) }

  func redis(_ words: String...) async throws -> RedisReply {
    try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }
}

final class Heard: Sendable {
  private let notices = Mutex<[LedgerNotice]>([])

  var all: [LedgerNotice] { notices.withLock { $0 } }

  func add(_ notice: LedgerNotice) { notices.withLock { $0.append(notice) } }
}
