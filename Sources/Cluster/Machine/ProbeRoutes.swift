import Health

/// Which peer a probe's result is for.
struct ProbeRoutes: Sendable {
  /// There is one for each peer that is probed, so its numbers are no wider than they have to be.
  struct Route: Sendable {
    private var upstreamNumber: UInt32
    private var peerPlace: UInt32
    var incarnation: UInt32
    private var checkPlace: UInt16
    var isUsed: Bool

    init(upstream: Int, peer: Int, check: Int, incarnation: UInt32, isUsed: Bool) {
      upstreamNumber = UInt32(upstream)
      peerPlace = UInt32(peer)
      checkPlace = UInt16(check)
      self.incarnation = incarnation
      self.isUsed = isUsed
    }

    /// The upstream's number.
    var upstream: Int { Int(upstreamNumber) }
    /// The peer's place in the upstream's present list.
    var peer: Int {
      get { Int(peerPlace) }
      set { peerPlace = UInt32(newValue) }
    }
    /// The place among the peer's checks.
    var check: Int { Int(checkPlace) }
  }

  private var routes: [Route] = []
  private var vacant: [UInt32] = []
  /// The upstream's number of each probe group: a check of an upstream. Nil: nobody uses it.
  private var groups: [Int?] = []
  private var vacantGroups: [UInt32] = []

  /// A number that nobody uses.
  mutating func open(upstream: Int, peer: Int, check: Int) -> ProbeID {
    if let index = vacant.popLast() {
      let incarnation = routes[Int(index)].incarnation &+ 1
      routes[Int(index)] = Route(
        upstream: upstream, peer: peer, check: check, incarnation: incarnation, isUsed: true)
      return ProbeID(index: index, incarnation: incarnation)
    }
    routes.append(Route(upstream: upstream, peer: peer, check: check, incarnation: 1, isUsed: true))
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

  // MARK: Groups

  mutating func openGroup(upstream: Int) -> UInt32 {
    if let group = vacantGroups.popLast() {
      groups[Int(group)] = upstream
      return group
    }
    groups.append(upstream)
    return UInt32(groups.count - 1)
  }

  mutating func closeGroup(_ group: UInt32) {
    groups[Int(group)] = nil
    vacantGroups.append(group)
  }

  /// The number of the upstream that a group belongs to.
  func upstream(ofGroup group: UInt32) -> Int? {
    groups.indices.contains(Int(group)) ? groups[Int(group)] : nil
  }

  // MARK: Results

  /// Nil when the number has another use by now, or none.
  func find(_ id: ProbeID) -> Route? {
    guard Int(id.index) < routes.count else { return nil }
    let route = routes[Int(id.index)]
    return route.isUsed && route.incarnation == id.incarnation ? route : nil
  }
}
