/// What few plans have: each is drawn by itself.
extension PlanMaker {
  mutating func addRare(isNarrow: Bool) {
    by(stream: 4) { $0.addDeafness() }
    guard !isNarrow, !staysCalm else { return }
    by(stream: 5) { $0.addReach() }
    by(stream: 6) { if $0.dice.chance(40) { $0.addEqualTerms() } }
    by(stream: 7) { $0.addLeftovers() }
    by(stream: 9) { $0.addRemoval() }
    by(stream: 8) { $0.addWordOverFailOver() }
    by(stream: 20) { $0.addToCalm() }
    by(stream: 21) { $0.addLostList() }
  }

  /// Half of those in which nothing goes wrong but with backends: promises about time are held to them.
  private var staysCalm: Bool {
    var dice = SeededRandom(seed: seed, stream: 10)
    return faults.allSatisfy(\.fault.isOfBackends) && dice.chance(500)
  }

  /// Some runs have nodes that hear nothing, and words that nobody hears of.
  private mutating func addDeafness() {
    guard dice.chance(250) else { return }
    let atMs = dice.between(20_000, 50_000)
    let forMs = dice.between(8000, 30_000)
    let all = (0..<setup.nodes).map { Fault.denied(node: $0) }
    let deaf = dice.pick([[.allDeaf], [.deaf(node: node())], [.denied(node: node())], all], or: [.allDeaf])
    for fault in deaf { faults.append(PlannedFault(fault, atMs: atMs, forMs: forMs)) }
    for _ in 0..<3 {
      let word = dice.pick(Fault.Word.allCases, or: .auto)
      faults.append(PlannedFault(.override(peer: peer(), word), atMs: atMs + dice.between(500, forMs - 3000)))
      faults.append(
        PlannedFault(
          .refusing(peer: peer()), atMs: atMs + dice.between(500, forMs - 3000),
          forMs: dice.between(500, 15_000)))
    }
  }

  /// Redis' clock has gone back, so that terms go on by one, and then there are two primaries without a leader: both give
  /// the same term.
  mutating func addEqualTerms() {
    let atMs = dice.between(25_000, 50_000)
    let staying = (0..<setup.nodes).filter { _ in dice.chance(500) }
    guard !staying.isEmpty, staying.count < setup.nodes else { return }
    let lostMs = dice.between(0, 500)
    let forMs = lostMs + dice.between(4500, 12_000)
    faults.append(PlannedFault(.redisClockJumps(byMs: -3_600_000), atMs: atMs - dice.between(100, 10_000)))
    faults.append(PlannedFault(.leaseEnds(), atMs: atMs - 1))
    faults.append(PlannedFault(.failOver(lostMs: lostMs, staying: staying), atMs: atMs, forMs: forMs))
    if staying.count > 1, dice.chance(600) {
      // One of them only shows the upstream, and is all that remembers what was decided there.
      faults.append(PlannedFault(.settings(node: staying[0], version: nil), atMs: 12_000))
      for node in staying.dropFirst() {
        faults.append(PlannedFault(.crashed(node: node), atMs: atMs + forMs - 300, forMs: 2000))
      }
    }
    // So that the branches differ, and the one that is gone may have the higher number.
    for _ in 0..<dice.between(1, 4) {
      faults.append(
        PlannedFault(
          .refusing(peer: peer()), atMs: atMs + dice.between(0, forMs - 3000),
          forMs: dice.between(1500, 20_000)))
    }
  }

  /// An upstream leaves all settings, and may come again; whoever deletes it may end before the index is written.
  private mutating func addLeftovers() {
    guard dice.chance(50) else { return }
    let number = setup.upstreams.count
    guard number < Setup.upstreamNames.count else { return }
    setup.upstreams.append(Setup.Upstream(versions: [Setup.definition(of: number, peers: 0..<2)]))
    setup.orphanMs = min(setup.orphanMs, 20_000)
    let atMs = dice.between(15_000, 25_000)
    for node in 0..<setup.nodes {
      faults.append(
        PlannedFault(.settings(node: node, version: nil, of: number), atMs: atMs + dice.between(0, 3000)))
    }
    if dice.chance(700) { faults.append(PlannedFault(.entriesStay, atMs: atMs, forMs: 40_000)) }
    guard dice.chance(300) else { return }
    let againMs = atMs + dice.between(5000, 45_000)
    for node in 0..<setup.nodes {
      faults.append(
        PlannedFault(.settings(node: node, version: 0, of: number), atMs: againMs + dice.between(0, 3000)))
    }
  }

  /// Some runs have a peer that is drained, leaves the settings and comes again, while a node is cut off that leads later:
  /// it remembers an override that is no more.
  private mutating func addRemoval() {
    guard dice.chance(60) else { return }
    let cutOff = node()
    let others = (0..<setup.nodes).filter { $0 != cutOff }
    let atMs = dice.between(14_000, 30_000)
    // The one that the second settings do not have.
    faults.append(PlannedFault(.override(peer: 0, dice.pick([.drain, .down], or: .drain)), atMs: atMs))
    let cutMs = atMs + dice.between(500, 3000)
    faults.append(
      PlannedFault(.cutFromRedis(node: cutOff), atMs: cutMs, forMs: dice.between(15_000, 18_000)))
    for (version, afterMs) in [(1, 1000), (0, 9000)] as [(Int, Int64)] {
      for node in others {
        faults.append(
          PlannedFault(
            .settings(node: node, version: version), atMs: cutMs + afterMs + dice.between(0, 500)))
      }
    }
    for node in others {
      faults.append(
        PlannedFault(.crashed(node: node), atMs: cutMs + 28_000, forMs: dice.between(7000, 10_000)))
    }
    if dice.chance(300) { faults.append(PlannedFault(.override(peer: 0, .auto), atMs: cutMs + 45_000)) }
  }

  /// In some runs Redis loses the list of the missing alone, while somebody is on it: a node that was killed, or one that has
  /// stood still and leaves in order as soon as it goes on.
  private mutating func addLostList() {
    guard dice.chance(30) else { return }
    let atMs = dice.between(15_000, 40_000)
    let gone = node()
    let forMs = dice.between(8000, 30_000)
    if dice.chance(600) {
      faults.append(PlannedFault(.crashed(node: gone), atMs: atMs, forMs: forMs))
    } else {
      faults.append(PlannedFault(.paused(node: gone), atMs: atMs, forMs: forMs))
      faults.append(
        PlannedFault(
          .stopped(node: gone), atMs: atMs + forMs + dice.between(1, 1500), forMs: dice.between(500, 10_000)))
    }
    for _ in 0..<dice.between(1, 3) {
      faults.append(PlannedFault(.redisLoses(.missing), atMs: atMs + dice.between(5000, forMs + 1000)))
    }
    // Who would tell it again may have enough to do.
    let troubles: [[Fault]] = [
      [], [], [.paused(node: node())], [.cutFromRedis(node: node())], [.redisHangs],
    ]
    let trouble = dice.pick(troubles, or: [])
    for fault in trouble {
      faults.append(
        PlannedFault(fault, atMs: atMs + dice.between(5000, forMs + 1000), forMs: dice.between(200, 4000)))
    }
  }

  /// In some runs the votes turn a peer beneath an override while a replica takes over: what is decided then is no
  /// event.
  private mutating func addWordOverFailOver() {
    guard dice.chance(60) else { return }
    let atMs = dice.between(20_000, 50_000)
    let peers = (0..<8).filter { _ in dice.chance(500) }
    for peer in peers {
      faults.append(
        PlannedFault(
          .override(peer: peer, dice.pick([.up, .down, .drain], or: .up)),
          atMs: atMs - dice.between(5000, 12_000)))
      faults.append(
        PlannedFault(
          .refusing(peer: peer), atMs: atMs - dice.between(1000, 12_000), forMs: dice.between(2000, 14_000)))
    }
    let staying = (0..<setup.nodes).filter { _ in dice.chance(600) }
    let lostMs: Int64 = dice.pick([0, 500, 2000], or: 500)
    faults.append(
      PlannedFault(
        .failOver(lostMs: lostMs, staying: staying), atMs: atMs, forMs: lostMs + dice.between(500, 3000)))
  }
}
