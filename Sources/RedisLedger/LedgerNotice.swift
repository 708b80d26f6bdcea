/// Something of the ledger that people should know, and that stops nothing.
package enum LedgerNotice: Hashable, Sendable {
  /// A key of ours held something else, which is gone now.
  case replaced(key: String)
  /// What was written could not be announced.
  case unpublished(String)
  /// What is there is not ours, and was passed over.
  case unreadable(key: String, field: String)
  /// The server cannot be asked what its user may do.
  case rightsUnknown

  /// From a script's note: `replaced KEY`, `unpublished REASON` or `rights unknown`.
  init?(note: String) {
    let parts = note.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "replaced": self = .replaced(key: String(parts[1]))
    case "rights": self = .rightsUnknown
    case "unpublished": self = .unpublished(String(parts[1]))
    default: return nil
    }
  }

  /// A sentence for people.
  package var text: String {
    switch self {
    case .replaced(let key): "\(key) held something else than it should, and was replaced"
    case .unpublished(let why): "a message could not be published: \(why)"
    case .unreadable(let key, let field):
      "\(key) holds something unreadable in \(field), which was passed over"
    case .rightsUnknown:
      "the server is older than Redis 7.0 and does not tell what its user may do: where a right is missing, a request may "
        + "end halfway, and is sent again"
    }
  }
}
