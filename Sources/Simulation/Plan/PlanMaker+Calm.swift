/// What only happens where nothing else does but what backends do: plans of before keep what they had.
extension PlanMaker {
  mutating func addToCalm() {
    guard faults.allSatisfy(\.fault.isOfBackends) else { return }
    // Some stay calm.
    guard dice.chance(600) else { return }
    if dice.chance(600) { addHangs() } else { addColdMajority() }
  }

  /// Redis stands still again and again, as a large server does that forks or writes to a slow disk.
  mutating func addHangs() {
    let forMs: Int64 = dice.pick([300, 1300, 1900, 1900], or: 1900)
    let betweenMs = dice.between(3500, 5000)
    var atMs = dice.between(15_000, 25_000)
    while atMs + forMs < Self.quietFromMs {
      faults.append(PlannedFault(.redisHangs, atMs: atMs, forMs: forMs))
      atMs += forMs + betweenMs
    }
  }

  /// Redis is emptied while it is down; all nodes but one start again meanwhile, with other settings; and that one, which
  /// alone knows what was decided, is back last.
  mutating func addColdMajority() {
    let atMs = dice.between(20_000, 45_000)
    let downMs = dice.between(3000, 10_000)
    let knower = dice.index(setup.nodes)
    let version = dice.pick([1, 1, 2], or: 1)
    faults.append(PlannedFault(.redisDown, atMs: atMs, forMs: downMs))
    faults.append(PlannedFault(.redisEmptied, atMs: atMs + 1000))
    faults.append(
      PlannedFault(.cutFromRedis(node: knower), atMs: atMs, forMs: downMs + dice.between(500, 5000)))
    for node in 0..<setup.nodes where node != knower {
      faults.append(PlannedFault(.crashed(node: node), atMs: atMs + 200, forMs: dice.between(1000, 2500)))
      faults.append(PlannedFault(.settings(node: node, version: version), atMs: atMs + 800))
    }
  }
}
