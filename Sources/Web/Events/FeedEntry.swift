import Health
import Ledger
import Reading

/// One message of an event stream, made once for all who read it.
struct FeedEntry: Sendable {
  enum Kind: Sendable {
    /// An event of the ledger.
    case event
    /// From this number on the upstream's events follow; what was before is not told here.
    case standing
  }

  let kind: Kind
  let upstream: UpstreamName
  let position: Position
  /// The lines `event:` and `data:`.
  let lines: [UInt8]

  init(_ event: LedgerEvent) {
    kind = .event
    upstream = event.upstream
    position = event.position
    lines = Self.lines(event.change.type, JsonText.encode(TimedEvent(event: event)))
  }

  /// The upstream stands there now.
  init(standing upstream: UpstreamName, at position: Position) {
    kind = .standing
    self.upstream = upstream
    self.position = position
    lines = Self.standing([upstream: position.seq])
  }

  var seq: UInt64 { position.seq }

  /// - Parameter beyond: the number that the reader asked to go on after, which there is not.
  static func standing(_ seqs: [UpstreamName: UInt64], beyond: UInt64? = nil) -> [UInt8] {
    let named = seqs.map { ($0.key.text, $0.value) }
    return lines(
      "standing",
      JsonText.encode(Standing(beyond: beyond, seqs: Dictionary(uniqueKeysWithValues: named))))
  }

  private struct Standing: Encodable {
    var beyond: UInt64?
    var seqs: [String: UInt64]
  }

  /// `{"stale":true}`: what the node serves is the last consensus and not the ledger's present one.
  static func stale(_ isStale: Bool) -> [UInt8] { lines("stale", JsonText.encode(["stale": isStale])) }

  /// JSON has no line feeds of its own, so one `data:` is enough.
  private static func lines(_ type: String, _ json: String) -> [UInt8] {
    Array("event: \(type)\ndata: \(json)\n\n".utf8)
  }
}

extension LedgerEvent.Change {
  /// The event's `type` in JSON.
  var type: String {
    switch self {
    case .transition: "transition"
    case .definition: "definition"
    case .resync: "resync"
    case .override: "override"
    case .panic: "panic"
    }
  }
}
