package import Cluster
package import Health

/// The cluster that a run starts with.
package struct Setup: Hashable, Sendable {
  package static let upstream = name("shop")

  package var nodes: Int
  /// The settings by version; nodes start with the first.
  package var versions: [UpstreamDefinition]
  package var heartbeatMs: Int64 = 1000
  package var expiryMs: Int64 = 5000
  package var leaseMs = 5000
  /// What the machine keeps to; fewer are for tests that want to see it fail.
  package var safeguards = Safeguards.all
  /// Nodes abstain whose failures contradict their fellows: an experiment, see `Distrust`.
  package var distrust = false

  package init(nodes: Int, versions: [UpstreamDefinition]) {
    self.nodes = nodes
    self.versions = versions
  }

  /// Peers are `10.0.0.1:80` and so on.
  package static func peer(_ number: Int) -> PeerName { PeerName("10.0.0.\(number + 1):80") }

  /// Nodes are `a` and so on.
  package static func node(_ number: Int) -> String {
    let letters = "abcdefghijklmnopqrstuvwxyz"
    return number < letters.count
      ? String(letters[letters.index(letters.startIndex, offsetBy: number)]) : "n\(number)"
  }

  package static func definition(
    peers: some Sequence<Int>, _ change: (inout Checker) -> Void = { _ in }
  ) -> UpstreamDefinition {
    var checker = Checker(kind: .tcp)
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    change(&checker)
    return UpstreamDefinition(
      name: upstream, checker: checker, peers: peers.map { PeerDefinition(name: peer($0)) })
  }

  private static func name(_ text: String) -> UpstreamName {
    guard let name = UpstreamName(text) else { preconditionFailure("\(text) is no name of an upstream") }
    return name
  }
}

/// All that a run is made of. The same plan gives the same run.
package struct Plan: Hashable, Sendable {
  package var seed: UInt64
  package var setup: Setup
  package var faults: [PlannedFault]
  /// From here on nothing goes wrong any more.
  package var quietFromMs: Int64
  package var lengthMs: Int64

  package init(
    seed: UInt64, setup: Setup, faults: [PlannedFault], quietFromMs: Int64, lengthMs: Int64
  ) {
    self.seed = seed
    self.setup = setup
    self.faults = faults
    self.quietFromMs = quietFromMs
    self.lengthMs = lengthMs
  }
}
