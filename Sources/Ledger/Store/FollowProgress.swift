import Health

/// How far a follower has come in each upstream, and what an event means to it.
struct FollowProgress: Sendable {
  private var places: [UpstreamName: Position] = [:]

  var upstreams: Set<UpstreamName> { Set(places.keys) }

  func place(of upstream: UpstreamName) -> Position? { places[upstream] }

  mutating func stand(_ upstream: UpstreamName, at head: Head) { places[upstream] = head.position }

  /// Whether nothing happened but what is known; nil: the ledger does not have the upstream.
  func stands(_ upstream: UpstreamName, at head: Head?) -> Bool { places[upstream] == head?.position }

  mutating func forget(_ upstream: UpstreamName) { places[upstream] = nil }

  /// Of an upstream that is not known yet, everything is missing.
  mutating func judge(_ event: LedgerEvent) -> Position.Judgement {
    guard let place = places[event.upstream] else { return .gap }
    let judgement = place.judge(event)
    if judgement == .next { places[event.upstream]?.seq = event.seq }
    return judgement
  }
}
