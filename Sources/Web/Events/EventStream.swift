import Health
import Ledger
import NIOCore

/// What one reader of `/events` gets, as server-sent events (HTML standard, section 9.2).
///
/// Of one upstream: the id is the event's number, and `Last-Event-ID` or `?after=` goes on behind it without a gap, on
/// any node. Of all upstreams: the id is a place in this node's log; another node, or this one after a restart or too
/// long a time, begins with `standing`, which tells from which number on each upstream's events follow.
struct EventStream: Sendable {
  enum Scope: Hashable, Sendable {
    /// - after: an id of an earlier stream; what is no such id counts as none.
    case all(after: String?)
    /// - after: nil: what comes from now on.
    case one(UpstreamName, after: UInt64?)
  }

  /// Entries in one write: what a slow reader holds at most.
  static let batch = 256

  let feed: EventFeed
  let seat: EventFeed.Seat
  let scope: Scope
  /// Asked before each write: who may read can change.
  let isPermitted: @Sendable () -> Bool

  /// Writes until the feed ends, the reader may read no more, or `write` throws.
  func run(_ write: (ByteBuffer) async throws -> Void) async throws {
    var cursor = EventCursor(feed: feed, seat: seat, scope: scope)
    // How long a browser waits before it comes again, in ms.
    try await write(ByteBuffer(string: "retry: 1000\n\n"))
    for await signal in seat.signals {
      var isSilent = true
      while isPermitted(), let bytes = await cursor.next() {
        isSilent = false
        try await write(ByteBuffer(bytes: bytes))
      }
      guard isPermitted() else { return }
      if isSilent, signal == .beat { try await write(ByteBuffer(string: ":\n\n")) }
    }
  }
}
