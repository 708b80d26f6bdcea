package import Cluster
package import Health

/// The cluster that a run starts with.
package struct Setup: Hashable, Sendable {
  /// What upstreams are called, by number. Most stories have the first alone.
  package static let upstreamNames = ["shop", "cart", "mail", "docs", "chat", "news", "wiki", "blog"].map(
    name)
  /// The first.
  package static let upstream = upstreamNames[0]

  package var nodes: Int
  /// One or more.
  package var upstreams: [Upstream]
  package var heartbeatMs: Int64 = 1000
  package var expiryMs: Int64 = 5000
  package var leaseMs = 5000
  /// How long an upstream is kept that nobody has.
  package var orphanMs: Int64 = 60_000
  /// What the machine keeps to; fewer are for tests that want to see it fail.
  package var safeguards = Safeguards.all

  /// What the settings may say of one upstream.
  package struct Upstream: Hashable, Sendable {
    /// Not empty; nodes start with the first.
    package var versions: [UpstreamDefinition]
    /// Nodes that start without it.
    package var missingOn: Set<Int> = []

    package init(versions: [UpstreamDefinition], missingOn: Set<Int> = []) {
      self.versions = versions
      self.missingOn = missingOn
    }
  }

  /// - Parameter versions: of the settings of one upstream, the only one.
  package init(nodes: Int, versions: [UpstreamDefinition]) {
    self.nodes = nodes
    upstreams = [Upstream(versions: versions)]
  }

  /// Of the first upstream.
  package var versions: [UpstreamDefinition] {
    get { upstreams[0].versions }
    set { upstreams[0].versions = newValue }
  }

  /// What the settings of this node say of each upstream at its start; nil: they do not have it.
  func settings(ofNode node: Int) -> [UpstreamDefinition?] {
    upstreams.map { $0.missingOn.contains(node) ? nil : $0.versions.first }
  }

  /// The number of each peer that any settings name.
  var peerNumbers: [PeerName: Int] {
    var names = Set(upstreams.flatMap(\.versions).flatMap { $0.peers.map(\.name) })
    var numbers: [PeerName: Int] = [:]
    // Those between them are there as well, and nobody asks them.
    for number in 0..<Self.mostPeers where !names.isEmpty {
      names.remove(Self.peer(number))
      numbers[Self.peer(number)] = number
    }
    return numbers
  }

  static let mostPeers = 1000

  /// Peers are `10.0.0.1:80` and so on.
  package static func peer(_ number: Int) -> PeerName { PeerName("10.0.0.\(number + 1):80") }

  /// Nodes are `a` and so on.
  package static func node(_ number: Int) -> String {
    let letters = "abcdefghijklmnopqrstuvwxyz"
    return number < letters.count
      ? String(letters[letters.index(letters.startIndex, offsetBy: number)]) : "n\(number)"
  }

  /// - Parameter upstream: by its number.
  package static func definition(
    of upstream: Int = 0, peers: some Sequence<Int>, _ change: (inout Checker) -> Void = { _ in }
  ) -> UpstreamDefinition {
    var checker = Checker(kind: .tcp)
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    change(&checker)
    return UpstreamDefinition(
      name: upstreamNames[upstream], checker: checker, peers: peers.map { PeerDefinition(name: peer($0)) })
  }

  /// Upstreams have a threshold for panic, of the second settings another one. Nothing else of the plan changes.
  mutating func panic() {
    for version in versions.indices { versions[version].checker?.panicBelow = version == 1 ? 40 : 70 }
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
