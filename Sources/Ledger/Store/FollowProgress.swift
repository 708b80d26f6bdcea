import Health

/// How far a follower has come in each upstream, and what an event means to it.
struct FollowProgress: Sendable {
  private var positions: [UpstreamName: Position] = [:]
  /// Since when the ledger has been behind what it told.
  private var behindSince: [UpstreamName: ContinuousClock.Instant] = [:]

  var upstreams: Set<UpstreamName> { Set(positions.keys) }

  func position(of upstream: UpstreamName) -> Position? { positions[upstream] }

  mutating func stand(_ upstream: UpstreamName, at head: Head) {
    positions[upstream] = head.position
    behindSince[upstream] = nil
  }

  /// Whether what the ledger tells is behind what it told, and not for long yet.
  mutating func holds(
    _ upstream: UpstreamName, against head: Head, at now: ContinuousClock.Instant, for limit: Duration
  ) -> Bool {
    guard positions[upstream]?.relation(of: head.position) == .behind else { return false }
    let since = behindSince[upstream] ?? now
    behindSince[upstream] = since
    return now - since < limit
  }

  /// Whether nothing happened but what is known; nil: the ledger does not have the upstream.
  func stands(_ upstream: UpstreamName, at head: Head?) -> Bool { positions[upstream] == head?.position }

  mutating func forget(_ upstream: UpstreamName) {
    positions[upstream] = nil
    behindSince[upstream] = nil
  }

  /// Of an upstream that is not known yet, everything is missing.
  mutating func judge(_ event: LedgerEvent) -> Position.Judgement {
    guard let position = positions[event.upstream] else { return .gap }
    let judgement = position.judge(event)
    if judgement == .next { positions[event.upstream]?.seq = event.seq }
    return judgement
  }
}
