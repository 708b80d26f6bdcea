/// Which nodes probe each peer of an upstream, by the peer's place. Packed: there is one for each of 10,000 peers.
package struct Assignment: Hashable, Sendable {
  /// The nodes that take part, by name.
  package let nodes: [String]
  /// Probers of each peer.
  package let width: Int
  /// `width` places in `nodes` for each peer, best first.
  private var places: [UInt16] = []

  package static let nobody = Assignment(nodes: [], width: 0)

  /// - Parameters:
  ///   - nodes: at most 65,535.
  ///   - width: 0 to the number of nodes.
  package init(nodes: [String], width: Int) {
    self.nodes = nodes
    self.width = min(width, nodes.count)
  }

  /// Adds the next peer.
  ///
  /// - Parameter probers: at least `width` places in `nodes`; the first ones are taken.
  package mutating func append(_ probers: [Int]) {
    places += probers.prefix(width).map { UInt16(clamping: $0) }
  }

  /// The places in `nodes` of a peer's probers, best first; empty for a place that there is not.
  package func probers(of peer: Int) -> some Sequence<Int> {
    let start = peer * width
    return places[min(start, places.count)..<min(start + width, places.count)].lazy.map { Int($0) }
  }

  /// The names of a peer's probers, best first.
  package func names(of peer: Int) -> [String] { probers(of: peer).map { nodes[$0] } }

  /// How many peers a node probes.
  package func count(of node: String) -> Int {
    guard let place = nodes.firstIndex(of: node) else { return 0 }
    return places.count { Int($0) == place }
  }

  /// How many peers each of `nodes` probes, in their order.
  package var counts: [Int] {
    var counts = [Int](repeating: 0, count: nodes.count)
    for place in places where Int(place) < counts.count { counts[Int(place)] += 1 }
    return counts
  }
}
