import Health
import Ledger

/// The names of all keys and channels. The braces are hash tags: everything of one upstream lives together.
struct LedgerKeys: Sendable {
  /// 1 to 64 of `A-Z a-z 0-9 _ . -`.
  let namespace: String
  /// The number of the database in Redis.
  var database = 0

  // MARK: Keys

  var members: String { "quorate:{\(namespace)}:members" }
  var missing: String { "quorate:{\(namespace)}:missing" }
  var upstreams: String { "quorate:{\(namespace)}:upstreams" }

  func node(_ node: String) -> String { "quorate:{\(namespace)}:node:\(node)" }

  func key(_ part: LedgerKey.Part, of upstream: UpstreamName) -> String {
    "quorate:{\(namespace):\(upstream)}:\(part.rawValue)"
  }

  func reports(of upstream: UpstreamName, by node: String) -> String {
    "quorate:{\(namespace):\(upstream)}:reports:\(node)"
  }

  func keys(of upstream: UpstreamName, _ parts: [LedgerKey.Part]) -> [String] {
    parts.map { key($0, of: upstream) }
  }

  func name(of key: LedgerKey) -> String {
    switch key {
    case .members: members
    case .missing: missing
    case .index: upstreams
    case .nodeInfo(let node): self.node(node)
    case .reports(let upstream, let node): reports(of: upstream, by: node)
    case .of(let upstream, let part): self.key(part, of: upstream)
    }
  }

  // MARK: Channels

  /// Channels know no database, while keys do: another one than 0 is a part of their names, so that clusters of one
  /// namespace in two databases do not hear each other.
  private var channels: String {
    database == 0 ? "quorate:\(namespace)" : "quorate:\(namespace):db\(database)"
  }

  var events: String { "\(channels):events" }
  var control: String { "\(channels):control" }

  func reports(of upstream: UpstreamName) -> String { "\(channels):reports:\(upstream)" }

  /// A pattern: no character of a namespace means anything in it.
  var allReports: String { "\(channels):reports:*" }
}

extension [LedgerKey.Part] {
  /// What every script reads to know where an upstream stands, in the order that it expects.
  static let headKeys: Self = [.head, .definition, .status, .evidence, .overrides]
}
