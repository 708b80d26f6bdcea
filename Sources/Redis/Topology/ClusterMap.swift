package import Addresses

/// Which primary of a Redis Cluster has which slot, as one of its servers tells.
package struct ClusterMap: Hashable, Sendable {
  /// Each once.
  package private(set) var primaries: [RedisAddress] = []
  /// For each slot the place in `primaries`; -1: nobody has it.
  private var owners = [Int16](repeating: -1, count: HashSlot.count)

  /// From the answer to CLUSTER SLOTS; nil: it is none.
  ///
  /// - Parameter asked: who told it. A server that does not know its own address leaves it out.
  package init?(_ reply: RedisReply, toldBy asked: RedisAddress) {
    guard reply.kind == .array else { return nil }
    for range in reply.elements {
      let parts = Array(range.elements)
      guard parts.count >= 3, let first = parts[0].integer, let last = parts[1].integer,
        (0..<HashSlot.count).contains(first), (first..<HashSlot.count).contains(last),
        let primary = Self.address(parts[2], toldBy: asked)
      else { return nil }
      let place = place(of: primary)
      for slot in first...last { owners[slot] = place }
    }
  }

  private static func address(_ reply: RedisReply, toldBy asked: RedisAddress) -> RedisAddress? {
    let parts = Array(reply.elements)
    guard parts.count >= 2, let port = parts[1].integer, (1...65535).contains(port) else { return nil }
    return RedisAddress.tcp(host: parts[0].string ?? "", port: port).completed(by: asked)
  }

  private mutating func place(of primary: RedisAddress) -> Int16 {
    if let place = primaries.firstIndex(of: primary) { return Int16(place) }
    primaries.append(primary)
    return Int16(primaries.count - 1)
  }

  /// Nil: nobody has it.
  package func owner(of slot: Int) -> RedisAddress? {
    owners[slot] < 0 ? nil : primaries[Int(owners[slot])]
  }

  /// As a server says that does not have the slot any more.
  package mutating func move(_ slot: Int, to primary: RedisAddress) {
    owners[slot] = place(of: primary)
  }

  /// Servers may know different things for a moment: whose epoch is highest knows the last fail-over. Of those that know as
  /// much, what most of them tell. Nil: nobody has told anything.
  package static func newest(_ told: [(epoch: Int, map: ClusterMap)]) -> ClusterMap? {
    let epoch = told.map(\.epoch).max()
    let maps = told.filter { $0.epoch == epoch }.map { $0.map }
    var counts: [Int] = []
    for map in maps { counts.append(maps.count { $0.hasSameOwners(as: map) }) }
    return zip(maps, counts).max { $0.1 < $1.1 }?.0
  }

  private func hasSameOwners(as other: ClusterMap) -> Bool {
    (0..<HashSlot.count).allSatisfy { owner(of: $0) == other.owner(of: $0) }
  }
}

extension RedisAddress {
  /// From MOVED and ASK: `host:port`, `:port` for the host that was asked. Nil: it is neither.
  package init?(redirection text: String, toldBy asked: RedisAddress) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65535).contains(port)
    else { return nil }
    self = RedisAddress.tcp(host: String(text[..<colon]), port: port).completed(by: asked)
  }

  /// With the host of who told it, where none was told.
  func completed(by asked: RedisAddress) -> RedisAddress {
    guard case .tcp(let host, let port) = self, host.isEmpty || host == "?", case .tcp(let own, _) = asked
    else {
      return self
    }
    return .tcp(host: own, port: port)
  }
}
