/// The kinds of requests that wait by themselves after a refusal.
package enum RequestKind: String, CaseIterable, Hashable, Sendable {
  // Of an upstream.

  /// A bid for the lease, or the first renewal of one that was handed over.
  case lease
  case renewal
  case commit
  /// Everything written again.
  case resync
  /// All that is decided, read.
  case snapshot
  /// What is left after a loss, read.
  case remains
  /// What this node sees, told.
  case report
  /// What the others see, read.
  case reportsRead = "reports_read"
  case handOver = "hand_over"
  case delete
  /// An override that only a lost primary had, given once more.
  case override

  // Of the node.

  /// What this node is, told.
  case nodeInfo = "card"
  /// What the others are, read.
  case nodeInfos = "cards"
  /// The index of upstreams, read.
  case index
  /// Who is missing, told.
  case missing
}

/// How often a kind of request was asked again after a refusal.
package struct RetryCount: Hashable, Sendable {
  package var kind: RequestKind
  /// Since the node started.
  package var total: UInt64
  /// It was refused last, and waits.
  package var isBackingOff: Bool

  package init(kind: RequestKind, total: UInt64, isBackingOff: Bool) {
    self.kind = kind
    self.total = total
    self.isBackingOff = isBackingOff
  }
}
