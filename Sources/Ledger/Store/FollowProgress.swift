import Health

/// How far a follower has come in each upstream, and what an event means to it.
struct FollowProgress: Sendable {
  private var positions: [UpstreamName: Position] = [:]

  var upstreams: Set<UpstreamName> { Set(positions.keys) }

  func position(of upstream: UpstreamName) -> Position? { positions[upstream] }

  mutating func stand(_ upstream: UpstreamName, at head: Head) { positions[upstream] = head.position }

  /// Whether nothing happened but what is known; nil: the ledger does not have the upstream.
  func stands(_ upstream: UpstreamName, at head: Head?) -> Bool { positions[upstream] == head?.position }

  mutating func forget(_ upstream: UpstreamName) { positions[upstream] = nil }

  /// Of an upstream that is not known yet, everything is missing.
  mutating func judge(_ event: LedgerEvent) -> Position.Judgement {
    guard let position = positions[event.upstream] else { return .gap }
    let judgement = position.judge(event)
    if judgement == .next { positions[event.upstream]?.seq = event.seq }
    return judgement
  }
}
