import Cluster
import Health

/// The lines of a scenario that tell its cluster.
struct ClusterWords {
  private(set) var nodes = 0
  private var upstreams = [Upstream()]
  private var heartbeatMs: Int64 = 1000
  private var expiryMs: Int64 = 5000
  private var leaseMs: Int64 = 5000
  private var orphanMs: Int64 = 60_000
  private var safeguards = Safeguards.all

  private struct Upstream {
    /// What the nodes start with, and the settings that come later.
    var versions = [Settings()]
    var missingOn: Set<Int> = []
  }

  private struct Settings {
    /// By number, in their order.
    var peers: [Int] = []
    var checker = Setup.definition(peers: []).checker

    func definition(of upstream: Int) -> UpstreamDefinition {
      Setup.definition(of: upstream, peers: peers) { checker in
        if let own = self.checker { checker = own }
      }
    }
  }

  /// What has to be told and is not.
  var missing: String? {
    if nodes == 0 { return "there are no nodes; write a line like 'nodes 3'" }
    return upstreams[0].versions[0].peers.isEmpty ? "there are no peers; write a line like 'peers 4'" : nil
  }

  /// All that any settings name.
  var peerCount: Int { (upstreams.flatMap(\.versions).flatMap(\.peers).max() ?? -1) + 1 }

  var setup: Setup {
    var setup = Setup(nodes: nodes, versions: [])
    setup.upstreams = upstreams.enumerated().map { number, upstream in
      Setup.Upstream(
        versions: upstream.versions.map { $0.definition(of: number) }, missingOn: upstream.missingOn)
    }
    setup.heartbeatMs = heartbeatMs
    setup.expiryMs = expiryMs
    setup.leaseMs = Int(leaseMs)
    setup.orphanMs = orphanMs
    setup.safeguards = safeguards
    return setup
  }

  mutating func parse(_ words: inout WordReader) throws(Misreading) {
    let isTaken = try Self.parse(&words, &upstreams[0].versions[0])
    if isTaken { return }
    let word = try words.word("a word about the cluster")
    switch word {
    case "nodes": nodes = Int(try words.number("how many nodes", 1...26))
    case "heartbeat": heartbeatMs = try words.timeMs()
    case "expiry": expiryMs = try words.timeMs()
    case "lease": leaseMs = try words.timeMs()
    case "orphan": orphanMs = try words.timeMs()
    case "without":
      let name = try words.word("a rule")
      guard let safeguard = Safeguard.allCases.first(where: { "\($0)" == name }) else {
        let names = Safeguard.allCases.map { "\($0)" }.joined(separator: ", ")
        throw Misreading(what: "there is no rule '\(name)'; the rules are \(names)")
      }
      safeguards = .without(safeguard)
    default:
      throw Misreading(
        what: """
          nothing is called '\(word)'; a scenario has lines with nodes, peers, probers, quorum, interval, timeout, \
          fast, panic, fall, rise, heartbeat, expiry, lease, orphan, without, upstream, settings, seed, quiet, length, from and at, and comments with #
          """)
    }
  }

  /// `upstream cart fall 4`: another upstream, whose settings are the first one's but for that; `upstream cart missing a`:
  /// node a starts without it.
  mutating func parseUpstream(_ words: inout WordReader) throws(Misreading) {
    _ = words.skip("upstream")
    let number = try words.upstream()
    guard number > 0, number <= upstreams.count else {
      let next = Setup.upstreamNames.dropFirst(upstreams.count).first?.text
      throw Misreading(
        what: number == 0
          ? "what the first upstream, \(Setup.upstream), is like is told without its name"
          : "upstreams are named in their order; \(next ?? "none") is the next one")
    }
    if number == upstreams.count { upstreams.append(Upstream(versions: [upstreams[0].versions[0]])) }
    if words.skip("missing") {
      upstreams[number].missingOn = Set(try words.nodes())
    } else {
      guard try Self.parse(&words, &upstreams[number].versions[0]) else {
        throw Misreading(what: "upstreams differ in \(Self.differences) or missing")
      }
    }
    try words.end()
  }

  /// `settings 1 fall 4`: version 1 is version 0 but for that; `settings cart 1 fall 4`: of another upstream.
  mutating func parseSettings(_ words: inout WordReader) throws(Misreading) {
    _ = words.skip("settings")
    let upstream = words.optionalUpstream()
    guard upstreams.indices.contains(upstream) else {
      let name = Setup.upstreamNames[upstream]
      throw Misreading(what: "there is no upstream \(name); write a line like 'upstream \(name) peers 2'")
    }
    let versions = upstreams[upstream].versions
    let version = Int(try words.number("a version", 1...99))
    guard version <= versions.count else {
      throw Misreading(what: "settings \(version) come before settings \(versions.count); number them from 1")
    }
    if version == versions.count { upstreams[upstream].versions.append(versions[0]) }
    guard try Self.parse(&words, &upstreams[upstream].versions[version]) else {
      throw Misreading(what: "settings differ in \(Self.differences)")
    }
    try words.end()
    guard upstream == 0 else { return }
    try checkNumbers(of: version)
  }

  private static let differences =
    "peers, order, probers, quorum, interval, timeout, fast, panic, fall or rise"

  private func checkNumbers(of version: Int) throws(Misreading) {
    let versions = upstreams[0].versions
    let known = Set(versions.prefix(version).flatMap(\.peers))
    let new = versions[version].peers.filter { !known.contains($0) }
    // Backends have their numbers in the order in which they are named.
    guard new == Array(known.count..<(known.count + new.count)) else {
      throw Misreading(what: "new peers are numbered on from \(known.count), in that order")
    }
  }

  /// False: it is about something else.
  private static func parse(_ words: inout WordReader, _ settings: inout Settings) throws(Misreading) -> Bool
  {
    if words.skip("peers") {
      settings.peers = Array(0..<Int(try words.number("how many peers", 1...250)))
    } else if words.skip("order") {
      settings.peers = try words.peers()
    } else if words.skip("probers") {
      settings.checker?.probers = Int(try words.number("how many probers", 1...26))
    } else if words.skip("quorum") {
      settings.checker?.quorum = try quorum(&words)
    } else if words.skip("interval") {
      settings.checker?.intervalMs = Int(try words.timeMs())
    } else if words.skip("timeout") {
      settings.checker?.timeoutMs = Int(try words.timeMs())
    } else if words.skip("fast") {
      settings.checker?.fastIntervalMs = words.skip("none") ? nil : Int(try words.timeMs())
    } else if words.skip("panic") {
      settings.checker?.panicBelow = words.skip("none") ? nil : Int(try words.number("a percentage", 1...100))
    } else if words.skip("fall") {
      settings.checker?.thresholds.fall = Int(try words.number("how many failures", 1...100))
    } else if words.skip("rise") {
      settings.checker?.thresholds.rise = Int(try words.number("how many successes", 1...100))
    } else {
      return false
    }
    return true
  }

  private static func quorum(_ words: inout WordReader) throws(Misreading) -> Quorum {
    if words.skip("majority") { return .majority }
    if words.skip("any") { return .any }
    if words.skip("all") { return .all }
    return .count(Int(try words.number("a quorum: majority, any, all or", 1...26)))
  }
}
