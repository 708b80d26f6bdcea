import Health

/// Which peer a probe's result is for.
struct ProbeRoutes: Sendable {
  struct Route: Sendable {
    /// The upstream's number.
    var upstream: Int
    /// The peer's place in the upstream's present list.
    var peer: Int
    var incarnation: UInt32
    var isUsed: Bool
  }

  private var routes: [Route] = []
  private var vacant: [UInt32] = []

  /// A number that nobody uses.
  mutating func open(upstream: Int, peer: Int) -> ProbeID {
    if let index = vacant.popLast() {
      let incarnation = routes[Int(index)].incarnation &+ 1
      routes[Int(index)] = Route(upstream: upstream, peer: peer, incarnation: incarnation, isUsed: true)
      return ProbeID(index: index, incarnation: incarnation)
    }
    routes.append(Route(upstream: upstream, peer: peer, incarnation: 1, isUsed: true))
    return ProbeID(index: UInt32(routes.count - 1), incarnation: 1)
  }

  /// The peer has moved in its upstream's list.
  mutating func move(_ id: ProbeID, toPeer peer: Int) {
    routes[Int(id.index)].peer = peer
  }

  mutating func close(_ id: ProbeID) {
    routes[Int(id.index)].isUsed = false
    vacant.append(id.index)
  }

  /// Nil when the number has another use by now, or none.
  func find(_ id: ProbeID) -> Route? {
    guard Int(id.index) < routes.count else { return nil }
    let route = routes[Int(id.index)]
    return route.isUsed && route.incarnation == id.incarnation ? route : nil
  }
}
