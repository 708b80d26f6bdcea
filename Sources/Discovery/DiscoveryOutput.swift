package import Health
package import Ledger

/// What there is to do about what was found.
package struct DiscoveryOutput: Sendable {
  /// Of all upstreams, in their order; nil: they are as they were.
  package var definitions: [UpstreamDefinition]?
  package var lines: [DiscoveryLine] = []
  package var view: DiscoveryView
}

/// A line for the log.
package struct DiscoveryLine: Hashable, Sendable {
  package enum Level: Hashable, Sendable {
    case notice, warning, error
  }

  /// Problems of one file that are told; and peers that are named in one line.
  static let mostProblems = 10
  static let mostPeers = 10

  package var level: Level
  package var text: String

  init(_ level: Level, _ text: String) {
    self.level = level
    self.text = text
  }

  /// `upstream app: 10.0.0.2:80 comes, 10.0.0.1:80 goes`.
  static func peers(
    of upstream: UpstreamName, from before: [PeerDefinition], to now: [PeerDefinition]
  ) -> DiscoveryLine {
    let (old, new) = (Set(before.map(\.name)), Set(now.map(\.name)))
    let parts = [
      list(now.map(\.name).filter { !old.contains($0) }, "comes", "come"),
      list(before.map(\.name).filter { !new.contains($0) }, "goes", "go"),
    ].compactMap(\.self)
    return DiscoveryLine(
      .notice,
      "upstream \(upstream): "
        + (parts.isEmpty ? "its peers have another order or role" : parts.joined(separator: ", ")))
  }

  private static func list(_ peers: [PeerName], _ one: String, _ several: String) -> String? {
    guard !peers.isEmpty else { return nil }
    let rest = peers.count - mostPeers
    let shown = peers.prefix(mostPeers).map(\.text).joined(separator: ", ")
    return "\(shown)\(rest > 0 ? " and \(rest) more" : "") \(peers.count == 1 ? one : several)"
  }
}
