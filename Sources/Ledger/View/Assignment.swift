/// Which nodes probe each peer of an upstream, by the peer's place. Packed: there is one for each of 10,000 peers.
package struct Assignment: Hashable, Sendable {
  /// The nodes that take part, by name.
  package let nodes: [String]
  /// Probers of each peer.
  package let width: Int
  /// `width` places in `nodes` for each peer, best first.
  private var ranks: [UInt16] = []

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
    ranks += probers.prefix(width).map { UInt16(clamping: $0) }
  }

  /// The places in `nodes` of a peer's probers, best first; empty for a place that there is not.
  package func probers(of peer: Int) -> some Sequence<Int> {
    let start = peer * width
    return ranks[min(start, ranks.count)..<min(start + width, ranks.count)].lazy.map { Int($0) }
  }

  /// The names of a peer's probers, best first.
  package func names(of peer: Int) -> [String] { probers(of: peer).map { nodes[$0] } }

  /// How many peers a node probes.
  package func count(of node: String) -> Int {
    guard let rank = nodes.firstIndex(of: node) else { return 0 }
    return ranks.count { Int($0) == rank }
  }

  /// How many peers each of `nodes` probes, in their order.
  package var counts: [Int] {
    var counts = [Int](repeating: 0, count: nodes.count)
    for rank in ranks where Int(rank) < counts.count { counts[Int(rank)] += 1 }
    return counts
  }
}
