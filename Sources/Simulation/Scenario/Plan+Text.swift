import Cluster
import Health

extension Plan {
  /// The plan as a scenario has it, without a story and a transcript. Reading it gives the same plan again.
  package var text: String {
    var lines = ["nodes \(setup.nodes)"]
    lines += setup.versions.first.map { Self.lines(of: $0, besides: nil) } ?? []
    lines += [
      "heartbeat \(TimeText.write(ms: setup.heartbeatMs))", "expiry \(TimeText.write(ms: setup.expiryMs))",
      "lease \(TimeText.write(ms: Int64(setup.leaseMs)))",
    ]
    if setup.orphanMs != 60_000 { lines.append("orphan \(TimeText.write(ms: setup.orphanMs))") }
    lines += Safeguard.allCases.filter { setup.safeguards == .without($0) }.map { "without \($0)" }
    for (number, upstream) in setup.upstreams.enumerated() {
      let name = number == 0 ? "" : "\(Setup.upstreamNames[number]) "
      if number > 0 { lines += Self.lines(of: upstream, besides: setup.versions.first, name) }
      for (version, settings) in upstream.versions.enumerated().dropFirst() {
        lines += Self.lines(of: settings, besides: upstream.versions.first).map {
          "settings \(name)\(version) \($0)"
        }
      }
    }
    lines += [
      "seed \(seed)", "quiet \(TimeText.write(ms: quietFromMs))", "length \(TimeText.write(ms: lengthMs))",
    ]
    return (lines + [""] + faults.map(\.text)).map { $0 + "\n" }.joined()
  }

  private static func lines(
    of upstream: Setup.Upstream, besides first: UpstreamDefinition?, _ name: String
  ) -> [String] {
    let own = upstream.versions.first.map { lines(of: $0, besides: first) } ?? []
    let missing = upstream.missingOn.sorted().map { " \(Setup.node($0))" }.joined()
    return (own + (missing.isEmpty ? [] : ["missing\(missing)"])).map { "upstream \(name)\($0)" }
  }

  /// - Parameter first: what it is compared with; nil: everything is told.
  private static func lines(
    of settings: UpstreamDefinition, besides first: UpstreamDefinition?
  ) -> [String] {
    let own = words(of: settings)
    guard let first else { return own }
    let differing = zip(own, words(of: first)).filter { $0 != $1 }.map(\.0)
    return differing.isEmpty ? own.suffix(1) : differing
  }

  private static func words(of settings: UpstreamDefinition) -> [String] {
    guard let checker = settings.checker else { return [] }
    let numbers = settings.peers.compactMap { peer in (0..<250).first { Setup.peer($0) == peer.name } }
    let isPlain = numbers == Array(0..<numbers.count)
    return [
      isPlain ? "peers \(numbers.count)" : "order" + numbers.map { " \($0)" }.joined(),
      "probers \(checker.probers)", "quorum \(word(for: checker.quorum))",
      "interval \(TimeText.write(ms: Int64(checker.intervalMs)))",
      "timeout \(TimeText.write(ms: Int64(checker.timeoutMs)))",
      "fast \(checker.fastIntervalMs.map { TimeText.write(ms: Int64($0)) } ?? "none")",
      "panic \(checker.panicBelow.map(String.init) ?? "none")",
      "fall \(checker.thresholds.fall)", "rise \(checker.thresholds.rise)",
    ]
  }

  private static func word(for quorum: Quorum) -> String {
    switch quorum {
    case .majority: "majority"
    case .any: "any"
    case .all: "all"
    case .count(let count): "\(count)"
    }
  }
}
