import Health
package import Ledger
import Redis

/// What is announced over Redis' channels, on a connection of its own.
struct RedisAnnouncements: AsyncSequence, Sendable {
  typealias Element = LedgerAnnouncement
  typealias Failure = Never

  let ledger: RedisLedger
  let listening: Listening

  func makeAsyncIterator() -> Iterator {
    var channels: [String] = []
    if listening.events { channels.append(ledger.keys.events) }
    // A subscription needs one channel at least.
    if listening.control || channels.isEmpty && listening.reports.isEmpty && !listening.allReports {
      channels.append(ledger.keys.control)
    }
    let patterns = listening.allReports ? [ledger.keys.allReports] : []
    if !listening.allReports { channels += listening.reports.map { ledger.keys.reports(of: $0) } }
    return Iterator(
      ledger: ledger, listening: listening,
      messages: ledger.client.subscribe(to: channels, patterns: patterns, ticks: listening.ticks)
        .makeAsyncIterator())
  }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate let ledger: RedisLedger
    fileprivate let listening: Listening
    fileprivate var messages: RedisSubscription.Iterator

    mutating func next() async -> LedgerAnnouncement? {
      await next(isolation: nil)
    }

    mutating func next(isolation actor: isolated (any Actor)?) async -> LedgerAnnouncement? {
      while let event = await messages.next(isolation: actor) {
        if let announcement = read(event), listening.wants(announcement) { return announcement }
      }
      return nil
    }

    private func read(_ event: RedisSubscriptionEvent) -> LedgerAnnouncement? {
      switch event {
      case .subscribed: return .listening
      case .gap: return .gap
      case .tick: return .tick
      case .lost(let error): return .deaf(LedgerFault(error))
      case .denied(let errors): return .denied(ledger.fault(denied: errors))
      case .message(let channel, let payload):
        let announcement = payload.string.flatMap { read(channel, $0) }
        if announcement == nil { ledger.skipped(channel, "a message") }
        return announcement
      }
    }

    private func read(_ channel: String, _ text: String) -> LedgerAnnouncement? {
      switch channel {
      case ledger.keys.events: (try? JsonText.decode(LedgerEvent.self, from: text)).map { .event($0) }
      case ledger.keys.control: (try? JsonText.decode(ControlMessage.self, from: text)).map { .control($0) }
      default: (try? JsonText.decode(ReportBatch.self, from: text)).map { .reports($0) }
      }
    }
  }
}

extension RedisLedger {
  package func announcements(
    _ listening: Listening
  ) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable {
    RedisAnnouncements(ledger: self, listening: listening)
  }
}
