import Health

/// What plans of seeds have had since there were further upstreams. Its chance is its own, so that all else of a seed's plan
/// is as it was before there was this.
extension PlanMaker {
  mutating func addReach() {
    addUpstreams()
    if setup.upstreams.count > 1 { for _ in 0..<dice.between(0, 4) { addUpstreamTrouble() } }
    if dice.chance(150) { addDrop() }
    if dice.chance(100) { addDeletion() }
    if dice.chance(120) { addLosses() }
    if dice.chance(100) { addPauses() }
    if dice.chance(80) { put(.unanswered(permille: 50), longestMs: 30_000) }
    if dice.chance(120) { addForbidden() }
  }

  // MARK: Upstreams

  private mutating func addUpstreams() {
    guard let first = setup.versions.first?.checker else { return }
    for number in 1..<dice.pick([1, 1, 1, 1, 1, 2, 2, 2, 3, 3], or: 1) {
      // Some are backends of the first one as well.
      let own = 9 + 4 * (number - 1)
      let peers = dice.shuffle(Array(0..<8)).prefix(dice.index(3)) + (own..<own + 1 + dice.index(3))
      let probers = dice.pick([first.probers, 2, 3], or: 3)
      let quorum = dice.pick([first.quorum, .majority, .any], or: .majority)
      let fall = dice.pick([2, 3], or: 3)
      let change: (inout Checker) -> Void = { checker in
        checker = first
        checker.probers = probers
        checker.quorum = quorum
        checker.thresholds.fall = fall
      }
      // The second version has another order, and another peer of the first upstream.
      let second = Setup.definition(of: number, peers: peers.reversed() + (peers.contains(8) ? [] : [8])) {
        change(&$0)
        $0.thresholds.fall = fall + 1
      }
      var upstream = Setup.Upstream(versions: [Setup.definition(of: number, peers: peers, change), second])
      if dice.chance(400) {
        let missing = (0..<setup.nodes).filter { _ in dice.chance(400) }
        upstream.missingOn = Set(missing.prefix(setup.nodes - 1))
      }
      setup.upstreams.append(upstream)
    }
  }

  /// One of those that came after the first.
  private mutating func further() -> Int { 1 + dice.index(setup.upstreams.count - 1) }

  private mutating func peer(of upstream: Int) -> Int {
    let peers = setup.upstreams[upstream].versions.first?.peers.map(\.name) ?? []
    return setup.peerNumbers[dice.pick(peers, or: Setup.peer(0))] ?? 0
  }

  private mutating func addUpstreamTrouble() {
    let upstream = further()
    switch dice.index(6) {
    case 0: put(.override(peer: peer(of: upstream), word(), of: upstream), longestMs: 0)
    case 1: addRollOut(of: upstream)
    case 2: put(.leaseEnds(of: upstream), longestMs: 0)
    case 3: put(.redisLoses(dice.pick(Fault.Loss.allCases, or: .head), of: upstream), longestMs: 0)
    default: put(.refusing(peer: peer(of: upstream)), longestMs: 30_000)
    }
  }

  private mutating func word() -> Fault.Word { dice.pick(Fault.Word.allCases, or: .auto) }

  private mutating func addRollOut(of upstream: Int) {
    let version = dice.index(setup.upstreams[upstream].versions.count)
    var atMs = dice.between(5000, Self.quietFromMs - 25_000)
    for node in 0..<setup.nodes {
      faults.append(PlannedFault(.settings(node: node, version: version, of: upstream), atMs: atMs))
      atMs += dice.between(100, 4000)
    }
  }

  /// A node loses an upstream from its settings, and gets it again.
  private mutating func addDrop() {
    let upstream = dice.index(setup.upstreams.count)
    for node in dice.shuffle(Array(0..<setup.nodes)).prefix(1 + dice.index(2)) {
      let atMs = dice.between(1000, Self.quietFromMs - 25_000)
      faults.append(PlannedFault(.settings(node: node, version: nil, of: upstream), atMs: atMs))
      faults.append(
        PlannedFault(
          .settings(node: node, version: 0, of: upstream), atMs: atMs + dice.between(200, 20_000)))
    }
  }

  /// All nodes lose an upstream from their settings, and it comes again before, while or after it is deleted; or never.
  private mutating func addDeletion() {
    let upstream = dice.index(setup.upstreams.count)
    setup.orphanMs = dice.between(4000, 15_000)
    let atMs = dice.between(8000, 30_000)
    let againMs = atMs + 3000 + dice.pick([0, setup.orphanMs, setup.orphanMs + 20_000], or: 0)
    let version = dice.index(setup.upstreams[upstream].versions.count)
    let returns = dice.chance(850)
    for node in 0..<setup.nodes {
      let goesMs = atMs + dice.between(0, 3000)
      faults.append(PlannedFault(.settings(node: node, version: nil, of: upstream), atMs: goesMs))
      guard returns else { continue }
      let comesMs = max(againMs + dice.between(0, 6000), goesMs + 100)
      faults.append(PlannedFault(.settings(node: node, version: version, of: upstream), atMs: comesMs))
    }
  }

  // MARK: Redis

  /// Several keys at once, sometimes about when all nodes start again.
  private mutating func addLosses() {
    let atMs = dice.between(3000, Self.quietFromMs - 20_000)
    let upstream = dice.index(setup.upstreams.count)
    let permille: Int64 = dice.pick([300, 500, 1000], or: 500)
    for loss in Fault.Loss.allCases where dice.chance(loss.isOfUpstream ? permille : 300) {
      faults.append(PlannedFault(.redisLoses(loss, of: loss.isOfUpstream ? upstream : 0), atMs: atMs))
    }
    guard dice.chance(400) else { return }
    for node in 0..<setup.nodes {
      let killedMs = max(atMs + dice.between(-2000, 2000), 0)
      faults.append(PlannedFault(.crashed(node: node), atMs: killedMs, forMs: dice.between(300, 4000)))
    }
  }

  private mutating func addPauses() {
    let everyMs = dice.between(2000, 7000)
    put(.redisPauses(forMs: dice.between(300, 1900), everyMs: everyMs), longestMs: 60_000)
  }

  private mutating func addForbidden() {
    let node = dice.chance(700) ? dice.index(setup.nodes) : nil
    put(
      .forbidden(node: node, dice.pick(Fault.Right.allCases.filter { $0 != .read }, or: .commit)),
      longestMs: 25_000)
  }
}
