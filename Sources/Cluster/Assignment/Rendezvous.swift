package import Health
package import Ledger

/// Who does what, by rendezvous hashing: everybody who knows the same nodes computes the same, and a node that joins or
/// leaves moves its own part only.
package enum Rendezvous {
  /// Who probes each peer: the first `probers` of the nodes in the peer's own order.
  ///
  /// - Parameter nodes: those that have the upstream in their settings.
  package static func assignment(
    upstream: UpstreamName, peers: [PeerName], probers: Int, nodes: [String]
  ) -> Assignment {
    var assignment = Assignment(nodes: nodes, width: max(probers, 0))
    guard assignment.width > 0 else { return assignment }
    let everybody = Array(nodes.indices)
    for peer in peers {
      // Where all of them probe, the order still tells who is asked first.
      var start = StableHash()
      start.combine(upstream.text)
      start.combine(peer.text)
      let weights = nodes.map { node in
        var hash = start
        hash.combine(node)
        return hash.value
      }
      assignment.append(
        everybody.sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 })
    }
    return assignment
  }

  /// In the order of the hashes of the names, highest first.
  static func ranked<Value>(
    _ values: [Value], name: (Value) -> String, for purpose: String, _ subject: String
  ) -> [Value] {
    values.map { (value: $0, name: name($0), weight: StableHash.of(purpose, subject, name($0))) }
      .sorted { $0.weight != $1.weight ? $0.weight > $1.weight : $0.name < $1.name }
      .map(\.value)
  }
}
