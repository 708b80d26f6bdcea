import Ledger

/// An event as HTTP shows it: the ledger's object, and `at` (RFC 3339) beside `at_ms`, since scripts have no calendar.
struct TimedEvent: Encodable, Sendable {
  private enum CodingKeys: String, CodingKey {
    case at
  }

  var event: LedgerEvent

  func encode(to encoder: any Encoder) throws {
    try event.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Instant(ms: event.atMs).rfc3339, forKey: .at)
  }
}

/// `{"events":[…]}`, oldest first.
struct TimedEvents: Encodable, Sendable {
  var events: [TimedEvent]
}
