import Cluster
import Ledger
import Logging
import Probing
import Redis
import RedisLedger
import Settings
import Synchronization

/// Where the settings want what is decided to be kept: in Redis, shared with other nodes, or in this process.
struct ChosenLedger: Sendable {
  let store: any LedgerStore
  /// Nil: the ledger is in this process.
  let sharing: NodeProfile.Sharing?

  init(_ settings: NodeSettings, logger: Logger) {
    guard let url = settings.redis else {
      store = InProcessLedger { LedgerTime(wallMs: WallClock.nowMs, steadyMs: SteadyClock.nowMs) }
      sharing = nil
      return
    }
    var redis = RedisSettings(url)
    if redis.clientName == nil { redis.clientName = "quorate-\(settings.node)" }
    let notices = NoticeLog(logger: logger)
    let client = RedisClient(redis)
    let bulk = RedisClient(like: client, named: redis.clientName.map { "\($0)-bulk" })
    store = RedisLedger(client, bulk: bulk, namespace: settings.namespace) {
      notices.write($0)
    }
    sharing = NodeProfile.Sharing(
      heartbeatMs: Int64(settings.heartbeatMs), memberExpiryMs: Int64(settings.memberExpiryMs),
      address: "\(settings.listen)", version: Version.number)
  }
}

/// Logs what the ledger notices, each thing once a minute, once an hour where it lasts until somebody changes what a user
/// may do, or once where it is the server's: the same may be met at every reading.
private final class NoticeLog: Sendable {
  private static func silenceMs(_ notice: LedgerNotice) -> Int64 {
    switch notice {
    case .unpublished: 3_600_000
    case .rightsUnknown: .max
    case .replaced, .unreadable: 60_000
    }
  }
  /// Different things that are remembered.
  private static let remembered = 1000

  private let logger: Logger
  private let saidMs = Mutex<[LedgerNotice: Int64]>([:])

  init(logger: Logger) {
    self.logger = logger
  }

  func write(_ notice: LedgerNotice) {
    let nowMs = SteadyClock.nowMs
    let isNew = saidMs.withLock { said in
      if let before = said[notice], nowMs - before < Self.silenceMs(notice) { return false }
      if said.count >= Self.remembered { said.removeAll() }
      said[notice] = nowMs
      return true
    }
    if isNew { logger.warning("Redis: \(notice.text)") }
  }
}
