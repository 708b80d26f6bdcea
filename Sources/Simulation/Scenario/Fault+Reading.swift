extension Fault {
  /// Reads what `text` writes.
  package init?(text: String) {
    var reader = WordReader(text)
    guard let fault = try? Fault(reading: &reader), reader.isAtEnd else { return nil }
    self = fault
  }

  /// Takes words up to where the fault is told.
  init(reading words: inout WordReader) throws(Misreading) {
    let verb = try words.word("what happens")
    switch verb {
    case "pause": self = .paused(node: try words.node())
    case "kill": self = .crashed(node: try words.node())
    case "stop": self = .stopped(node: try words.node())
    case "clock": self = .wallClockJumps(node: try words.node(), byMs: try words.leapMs())
    case "rate": self = .clockRate(node: try words.node(), permille: try words.rate())
    case "no-ports": self = .localErrors(node: try words.node())
    case "join": self = .joined
    case "cut": self = try Self.cut(&words)
    case "break": self = .connectionBreaks(node: try words.node())
    case "rough": self = try Self.rough(&words)
    case "deaf": self = words.skip("all") ? .allDeaf : .deaf(node: try words.node())
    case "deny": self = .denied(node: try words.node())
    case "forbid":
      let node = words.skip("all") ? nil : try words.node()
      self = .forbidden(node: node, try words.choice("a script, reading or a channel", of: Right.self))
    case "unanswered":
      self = .unanswered(permille: try words.number("how many have no answer", 1...1000))
      try words.expect("in")
      try words.expect("1000")
    case "redis": self = try Self.redis(&words)
    case "lease": self = try Self.lease(&words)
    case "fail-over": self = try Self.failOver(&words)
    case "refuse": self = words.skip("all") ? .allRefusing : .refusing(peer: try words.peer())
    case "silent": self = .silent(peer: try words.peer())
    case "slow": self = .slow(peer: try words.peer(), byMs: try words.timeMs())
    case "flap": self = .flapping(peer: try words.peer(), periodMs: try words.timeMs("the period"))
    case "settings":
      let node = try words.node()
      let upstream = words.optionalUpstream()
      let version = words.skip("none") ? nil : Int(try words.number("a version, or 'none'", 0...99))
      self = .settings(node: node, version: version, of: upstream)
    case "override":
      let upstream = words.optionalUpstream()
      self = .override(
        peer: try words.peer(), try words.choice("an operator's word", of: Word.self), of: upstream)
    default:
      throw Misreading(
        what: """
          nothing is called '\(verb)'; what can happen: pause, kill, stop, clock, rate, no-ports, join, cut, break, \
          rough, unanswered, deaf, deny, forbid, redis, lease, fail-over, refuse, silent, slow, flap, settings, override
          """)
    }
  }

  private static func cut(_ words: inout WordReader) throws(Misreading) -> Fault {
    let node = try words.node()
    let what = try words.word("'peers' or 'redis'")
    switch what {
    case "redis": return .cutFromRedis(node: node)
    case "peers": return .cutFromPeers(node: node, peers: try words.peers())
    default:
      throw Misreading(
        what: "a node is not cut from '\(what)'; write 'redis', 'peers', or 'peers 0 3' for some of them")
    }
  }

  private static func rough(_ words: inout WordReader) throws(Misreading) -> Fault {
    let upToMs = try words.timeMs()
    try words.expect("losing")
    let lost = try words.number("how many are lost", 0...1000)
    try words.expect("in")
    try words.expect("1000")
    return .roughNetwork(upToMs: upToMs, lossPermille: lost)
  }

  private static func redis(_ words: inout WordReader) throws(Misreading) -> Fault {
    let what = try words.word("what happens to Redis")
    switch what {
    case "down": return .redisDown
    case "hangs": return .redisHangs
    case "pauses":
      let forMs = try words.timeMs()
      try words.expect("every")
      return .redisPauses(forMs: forMs, everyMs: try words.timeMs("the period"))
    case "keeps":
      try words.expect("entries")
      return .entriesStay
    case "slow": return .redisSlow(byMs: try words.timeMs())
    case "emptied": return .redisEmptied
    case "loses":
      let upstream = words.optionalUpstream()
      return .redisLoses(try words.choice("what Redis can lose", of: Loss.self), of: upstream)
    case "clock": return .redisClockJumps(byMs: try words.leapMs())
    case "rate": return .redisClockRate(permille: try words.rate())
    default:
      throw Misreading(
        what:
          "Redis does not '\(what)'; it can be down, hangs, pauses, slow, emptied, loses, keeps, clock or rate"
      )
    }
  }

  private static func lease(_ words: inout WordReader) throws(Misreading) -> Fault {
    let upstream = words.optionalUpstream()
    let what = try words.word("'ends' or 'endless'")
    switch what {
    case "ends": return .leaseEnds(of: upstream)
    case "endless": return .leaseIsEndless(of: upstream)
    default: throw Misreading(what: "a lease does not '\(what)'; write 'lease ends' or 'lease endless'")
    }
  }

  private static func failOver(_ words: inout WordReader) throws(Misreading) -> Fault {
    try words.expect("losing")
    let lostMs = try words.timeMs()
    return .failOver(lostMs: lostMs, staying: words.skip("leaving") ? try words.nodes() : [])
  }
}

extension Fault {
  /// Whether it takes time: whoever plans it says how long.
  enum Lasting {
    /// It happens in one moment.
    case never
    /// Without a length it is for good.
    case perhaps
    case always
  }

  var lasting: Lasting {
    switch self {
    case .wallClockJumps, .connectionBreaks, .redisEmptied, .redisLoses, .redisClockJumps, .leaseEnds,
      .leaseIsEndless, .settings, .override:
      .never
    case .crashed, .stopped, .joined, .refusing, .silent, .slow, .allRefusing: .perhaps
    case .paused, .clockRate, .localErrors, .cutFromPeers, .cutFromRedis, .roughNetwork, .deaf, .allDeaf,
      .denied, .forbidden, .unanswered, .redisDown, .redisPauses, .entriesStay,
      .redisHangs, .redisSlow, .redisClockRate, .failOver, .flapping:
      .always
    }
  }

  /// The peers it is about.
  var peers: [Int] {
    switch self {
    case .refusing(let peer), .silent(let peer), .slow(let peer, _), .flapping(let peer, _),
      .override(let peer, _, _):
      [peer]
    case .cutFromPeers(_, let peers): peers
    default: []
    }
  }

  var nodes: [Int] {
    if case .failOver(_, let staying) = self { staying } else { node.map { [$0] } ?? [] }
  }
}
