import Health

/// How far a follower has come in each upstream, and what an event means to it.
struct FollowProgress: Sendable {
  enum Judgement: Hashable, Sendable {
    /// It is the next one.
    case use
    /// It is in what is known already.
    case skip
    /// Something else happened than what events tell: the upstream is to be read again.
    case readAgain
  }

  private struct Place: Sendable {
    var term: UInt64
    var run: String
    var seq: UInt64
  }

  private var places: [UpstreamName: Place] = [:]

  var upstreams: Set<UpstreamName> { Set(places.keys) }

  func seq(of upstream: UpstreamName) -> UInt64? { places[upstream]?.seq }

  mutating func stand(_ upstream: UpstreamName, at head: Head) {
    places[upstream] = Place(term: head.term, run: head.run, seq: head.seq)
  }

  /// Whether nothing happened but what is known; nil: the ledger does not have the upstream.
  func stands(_ upstream: UpstreamName, at head: Head?) -> Bool {
    guard let place = places[upstream], let head else { return places[upstream] == nil && head == nil }
    return (place.term, place.run, place.seq) == (head.term, head.run, head.seq)
  }

  mutating func forget(_ upstream: UpstreamName) { places[upstream] = nil }

  mutating func judge(_ event: LedgerEvent) -> Judgement {
    guard let place = places[event.upstream] else { return .readAgain }
    guard (event.term, event.run) == (place.term, place.run) else {
      // Older news, from before the last reading, is no news.
      return event.seq <= place.seq && event.term < place.term ? .skip : .readAgain
    }
    if event.seq <= place.seq { return .skip }
    guard event.seq == place.seq + 1, event.change != .resync else { return .readAgain }
    places[event.upstream]?.seq = event.seq
    return .use
  }
}
