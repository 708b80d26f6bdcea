package import Ledger

/// An event as HTTP shows it: the ledger's object, and `at` (RFC 3339) beside `at_ms`, since scripts have no calendar.
package struct TimedEvent: Encodable, Sendable {
  private enum CodingKeys: String, CodingKey {
    case at
  }

  package var event: LedgerEvent

  package init(event: LedgerEvent) {
    self.event = event
  }

  package func encode(to encoder: any Encoder) throws {
    try event.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Instant(ms: event.atMs).rfc3339, forKey: .at)
  }
}

/// `{"events":[…]}`, oldest first.
package struct TimedEvents: Encodable, Sendable {
  package var events: [TimedEvent]

  package init(events: [LedgerEvent]) {
    self.events = events.map(TimedEvent.init)
  }
}
