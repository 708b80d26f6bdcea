package import Health
package import Ledger

/// Nodes whose settings of an upstream are others than those in force.
///
/// Only a live node drifts, and only by the node info of its present run: whoever is leaving, silent or missing decides and
/// probes nothing, and what a former run had was replaced by the run that lives. A node without the upstream does not
/// drift, and nobody does from an upstream of which nothing is in force yet.
package enum Drift {
  /// - Parameter digest: that of the definition in force; nil: there is none.
  package static func isIn(_ node: NodeView, from digest: String?, of upstream: UpstreamName) -> Bool {
    guard node.isLive, let digest, !digest.isEmpty else { return false }
    return node.drifts(from: digest, of: upstream)
  }

  /// The names of the nodes that drift, in the order of the nodes.
  package static func nodes(
    in cluster: ClusterView?, from digest: String?, of upstream: UpstreamName
  ) -> [String] {
    guard let cluster else { return [] }
    return cluster.nodes.filter { isIn($0, from: digest, of: upstream) }.map(\.member.node)
  }
}

extension BoardState {
  /// The nodes that drift from the definition of the upstream in force.
  package func drift(of view: UpstreamView) -> [String] {
    Drift.nodes(in: cluster, from: view.head?.digest, of: view.name)
  }
}
