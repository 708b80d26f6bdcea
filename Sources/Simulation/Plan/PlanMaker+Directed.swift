import Health

/// Plans that go straight for one rule: what it is for comes together by chance too seldom. Little else happens in them.
extension PlanMaker {
  package static func isDirected(seed: UInt64) -> Bool {
    var dice = SeededRandom(seed: seed, stream: 11)
    return dice.chance(70)
  }

  mutating func direct() {
    for _ in 0..<dice.between(1, 3) { put(.refusing(peer: peer()), longestMs: 15_000) }
    switch dice.index(11) {
    case 0: addEndlessLease()
    case 1: addColdMajority()
    case 2: addDenied(.commit)
    case 3: addDenied(.report)
    case 4: addSilentMove()
    case 5: addHangs()
    case 6: addReturn()
    case 7: addTwins()
    case 8: addBlindness()
    case 9: addKilledSuccessor()
    default: addStillNode()
    }
  }

  /// Who holds a lease that never ends is killed with most of the others: only whoever is left can end it.
  private mutating func addEndlessLease() {
    let atMs = dice.between(40_000, 50_000)
    faults.append(PlannedFault(.leaseIsEndless(), atMs: atMs))
    let left = node()
    for node in 0..<setup.nodes where node != left {
      faults.append(
        PlannedFault(
          .crashed(node: node), atMs: atMs + dice.between(1, 500), forMs: dice.between(15_000, 25_000)))
    }
  }

  /// One node may not do this, while there is something to decide.
  private mutating func addDenied(_ right: Fault.Right) {
    let atMs = dice.between(35_000, 45_000)
    let node = node()
    faults.append(
      PlannedFault(.forbidden(node: node, right), atMs: atMs, forMs: dice.between(35_000, 39_000)))
    for _ in 0..<3 {
      faults.append(
        PlannedFault(
          .refusing(peer: peer()), atMs: atMs + dice.between(-2000, 8000), forMs: dice.between(2000, 12_000)))
    }
    guard right == .report else { return }
    // What it told last is that they are up, and it does not see it any more: with the first of the others that does, they
    // would be.
    for version in setup.versions.indices {
      setup.versions[version].checker?.quorum = .majority
      setup.versions[version].checker?.probers = 3
    }
    faults.append(PlannedFault(.cutFromPeers(node: node, peers: []), atMs: atMs + 200, forMs: 38_000))
    let downMs = dice.between(25_000, 30_000)
    for peer in 0..<8 { faults.append(PlannedFault(.refusing(peer: peer), atMs: atMs + 1500, forMs: downMs)) }
  }

  /// A node follows a primary that is gone, and quietly comes to the other one when that has lost its members, or has them.
  private mutating func addSilentMove() {
    let atMs = dice.between(20_000, 40_000)
    let staying = node()
    let forMs = dice.between(4500, 9000)
    for node in 0..<setup.nodes {
      faults.append(
        PlannedFault(
          .settings(node: node, version: node == staying ? 0 : 2), atMs: atMs + dice.between(200, 2500)))
    }
    faults.append(
      PlannedFault(.failOver(lostMs: dice.between(0, 500), staying: [staying]), atMs: atMs, forMs: forMs))
    if dice.chance(700) {
      faults.append(PlannedFault(.redisLoses(.members), atMs: atMs + forMs + dice.between(-100, 600)))
    }
  }

  /// A node has seen the peers down, loses the upstream from its settings, and has it again when they have long been up: one
  /// vote alone would turn them.
  private mutating func addReturn() {
    for version in setup.versions.indices { setup.versions[version].checker?.quorum = .any }
    let atMs = dice.between(30_000, 45_000)
    let node = node()
    for peer in 0..<8 {
      faults.append(PlannedFault(.refusing(peer: peer), atMs: atMs - 10_000, forMs: 11_000))
    }
    faults.append(PlannedFault(.settings(node: node, version: nil), atMs: atMs))
    faults.append(PlannedFault(.settings(node: node, version: 0), atMs: atMs + dice.between(20_000, 27_000)))
  }

  /// A node starts again, and is killed about when it would be handed the lead that it had.
  private mutating func addKilledSuccessor() {
    let atMs = dice.between(30_000, 35_000)
    let node = node()
    let downMs = dice.between(2000, 4000)
    faults.append(PlannedFault(.crashed(node: node), atMs: atMs, forMs: downMs))
    let againMs = atMs + downMs + dice.between(13_000, 16_500)
    faults.append(PlannedFault(.crashed(node: node), atMs: againMs, forMs: dice.between(8000, 12_000)))
  }

  /// Two runs of one term decide as much and not the same, since each half of the nodes cannot reach another peer. Something is
  /// decided when all are with one primary again.
  private mutating func addTwins() {
    addEqualTerms()
    guard let planned = faults.last(where: { if case .failOver = $0.fault { true } else { false } }),
      case .failOver(_, let staying) = planned.fault
    else { return }
    for node in 0..<setup.nodes {
      let peer = staying.contains(node) ? 5 : 4
      faults.append(
        PlannedFault(
          .cutFromPeers(node: node, peers: [peer]), atMs: planned.atMs + 200, forMs: planned.forMs + 5000))
    }
    guard let checker = setup.versions.first?.checker else { return }
    // So that something is decided within the heartbeat that follows.
    let intervalMs = Int64(checker.intervalMs)
    for peer in [0, 1, 2, 3, 6, 7] {
      let leadMs = Int64(checker.thresholds.fall) * intervalMs - dice.between(0, intervalMs)
      faults.append(PlannedFault(.refusing(peer: peer), atMs: planned.endMs - leadMs, forMs: 15_000))
    }
  }

  /// A node hears nothing and can read nothing, though its heartbeats get through.
  private mutating func addBlindness() {
    let atMs = dice.between(30_000, 40_000)
    let forMs = dice.between(10_000, 25_000)
    let node = node()
    faults.append(PlannedFault(.deaf(node: node), atMs: atMs, forMs: forMs))
    faults.append(PlannedFault(.forbidden(node: node, .read), atMs: atMs, forMs: forMs))
    for peer in 0..<4 {
      faults.append(
        PlannedFault(
          .refusing(peer: peer), atMs: atMs + dice.between(0, 5000), forMs: dice.between(2000, 15_000)))
    }
  }

  /// A node stands still while the peers change, and is back before or after it was dropped.
  private mutating func addStillNode() {
    let atMs = dice.between(30_000, 45_000)
    let forMs = dice.between(2500, 12_000)
    let node = node()
    faults.append(PlannedFault(.paused(node: node), atMs: atMs, forMs: forMs))
    for peer in 0..<4 {
      faults.append(
        PlannedFault(
          .refusing(peer: peer), atMs: atMs - dice.between(1000, 8000), forMs: dice.between(1000, 8000)))
    }
  }
}
