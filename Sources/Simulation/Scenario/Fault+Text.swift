extension Fault {
  /// As a person would say it, and as a scenario has it: `WordReader` reads it.
  package var text: String {
    switch self {
    case .paused(let node): "pause \(Setup.node(node))"
    case .crashed(let node): "kill \(Setup.node(node))"
    case .stopped(let node): "stop \(Setup.node(node))"
    case .wallClockJumps(let node, let ms): "clock \(Setup.node(node)) \(TimeText.writeSigned(ms: ms))"
    case .clockRate(let node, let permille): "rate \(Setup.node(node)) \(TimeText.thousandths(permille))"
    case .localErrors(let node): "no-ports \(Setup.node(node))"
    case .joined: "join"
    case .cutFromPeers(let node, let peers):
      "cut \(Setup.node(node)) peers" + peers.map { " \($0)" }.joined()
    case .cutFromRedis(let node): "cut \(Setup.node(node)) redis"
    case .connectionBreaks(let node): "break \(Setup.node(node))"
    case .roughNetwork(let ms, let permille): "rough \(TimeText.write(ms: ms)) losing \(permille) in 1000"
    case .deaf(let node): "deaf \(Setup.node(node))"
    case .allDeaf: "deaf all"
    case .denied(let node): "deny \(Setup.node(node))"
    case .redisDown: "redis down"
    case .redisHangs: "redis hangs"
    case .redisPauses(let ms, let everyMs):
      "redis pauses \(TimeText.write(ms: ms)) every \(TimeText.write(ms: everyMs))"
    case .unanswered(let permille): "unanswered \(permille) in 1000"
    case .forbidden(let node, let right): "forbid \(node.map { Setup.node($0) } ?? "all") \(right.rawValue)"
    case .redisSlow(let ms): "redis slow \(TimeText.write(ms: ms))"
    case .redisEmptied: "redis emptied"
    case .redisLoses(let loss, let upstream): "redis loses \(Self.name(upstream))\(loss.rawValue)"
    case .redisClockJumps(let ms): "redis clock \(TimeText.writeSigned(ms: ms))"
    case .redisClockRate(let permille): "redis rate \(TimeText.thousandths(permille))"
    case .leaseEnds(let upstream): "lease \(Self.name(upstream))ends"
    case .leaseIsEndless(let upstream): "lease \(Self.name(upstream))endless"
    case .failOver(let ms, let staying):
      "fail-over losing \(TimeText.write(ms: ms))"
        + (staying.isEmpty ? "" : " leaving") + staying.map { " \(Setup.node($0))" }.joined()
    case .refusing(let peer): "refuse \(peer)"
    case .silent(let peer): "silent \(peer)"
    case .slow(let peer, let ms): "slow \(peer) \(TimeText.write(ms: ms))"
    case .flapping(let peer, let ms): "flap \(peer) \(TimeText.write(ms: ms))"
    case .allRefusing: "refuse all"
    case .settings(let node, let version, let upstream):
      "settings \(Setup.node(node)) \(Self.name(upstream))\(version.map { "\($0)" } ?? "none")"
    case .override(let peer, let word, let upstream):
      "override \(Self.name(upstream))\(peer) \(word.rawValue)"
    }
  }

  /// The first one needs no name.
  private static func name(_ upstream: Int) -> String {
    upstream == 0 ? "" : "\(Setup.upstreamNames[upstream]) "
  }
}

extension PlannedFault {
  /// As a line of a scenario.
  package var text: String {
    "at \(TimeText.write(ms: atMs)) \(fault.text)" + (forMs > 0 ? " for \(TimeText.write(ms: forMs))" : "")
  }
}
