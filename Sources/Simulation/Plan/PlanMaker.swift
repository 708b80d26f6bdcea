package import Cluster
import Health

/// Makes the plan of a seed: a cluster, and what goes wrong with it.
///
/// Not everything at once: each seed draws a few kinds of trouble and how rough it is, so that some runs are calm enough
/// to hold promises about time, and others as bad as it gets. All of it ends long before the run does.
package struct PlanMaker {
  /// How long a run is, and from when on nothing goes wrong: ms of true time.
  package static let lengthMs: Int64 = 130_000
  package static let quietFromMs: Int64 = 85_000

  let seed: UInt64
  var dice: SeededRandom
  var setup: Setup
  var faults: [PlannedFault] = []

  /// - Parameter isNarrow: as plans were when clusters had one upstream, without what has come since.
  package static func plan(seed: UInt64, safeguards: Safeguards = .all, isNarrow: Bool = false) -> Plan {
    var maker = PlanMaker(seed: seed)
    maker.setup.safeguards = safeguards
    if !isNarrow, isDirected(seed: seed) {
      maker.by(stream: 12) { $0.direct() }
    } else {
      maker.plan()
      maker.addRare(isNarrow: isNarrow)
    }
    if seed % 4 == 1 { maker.setup.panic() }
    return Plan(
      seed: seed, setup: maker.setup, faults: maker.faults.sorted { $0.atMs < $1.atMs },
      quietFromMs: quietFromMs, lengthMs: lengthMs)
  }

  /// With a stream of chance of its own: the rest of a seed's plan is as it was before there was this.
  mutating func by(stream: UInt64, _ body: (inout PlanMaker) -> Void) {
    let rest = dice
    dice = SeededRandom(seed: seed, stream: stream)
    body(&self)
    dice = rest
  }

  private init(seed: UInt64) {
    self.seed = seed
    dice = SeededRandom(seed: seed, stream: 1)
    setup = Self.cluster(&dice)
  }

  // MARK: The cluster

  private static func cluster(_ dice: inout SeededRandom) -> Setup {
    let intervalMs = dice.pick([1000, 1000, 1000, 500, 2000], or: 1000)
    let timeoutMs = dice.pick([300, 500, 1000], or: 1000)
    let fall = dice.pick([2, 3, 3, 4], or: 3)
    let rise = dice.pick([1, 2, 2, 3], or: 2)
    let probers = dice.pick([1, 2, 3, 3, 3, 5], or: 3)
    let quorum = dice.pick(
      [Quorum.majority, .majority, .majority, .majority, .any, .all, .count(2)], or: .majority)
    let fastMs = dice.chance(200) ? 250 : nil
    let change: (inout Checker) -> Void = { checker in
      checker.intervalMs = intervalMs
      checker.timeoutMs = timeoutMs
      checker.thresholds = Thresholds(fall: fall, rise: rise)
      checker.probers = probers
      checker.quorum = quorum
      checker.fastIntervalMs = fastMs
    }
    // The second version has one peer less, another one, and another order; the third is the first with another `fall`.
    let second = Setup.definition(peers: [8, 7, 6, 5, 4, 3, 2, 1], change)
    let third = Setup.definition(peers: 0..<8) { checker in
      change(&checker)
      checker.thresholds.fall = fall + 1
    }
    let nodes = 3 + dice.index(3)
    return Setup(nodes: nodes, versions: [Setup.definition(peers: 0..<8, change), second, third])
  }

  // MARK: What goes wrong

  private enum Kind: CaseIterable {
    case nodes, ways, redis, losses, clocks, people, rough
  }

  private mutating func plan() {
    // What backends do is part of every run.
    for _ in 0..<dice.between(2, 8) { addBackendFault() }
    let kinds = Kind.allCases.filter { _ in dice.chance(350) }
    if !kinds.isEmpty { for _ in 0..<dice.between(1, 9) { add(dice.pick(kinds, or: .nodes)) } }
    // A stream of its own: plans of before keep what they had.
    dice = SeededRandom(seed: seed, stream: 3)
    if dice.chance(120) { addAmnesia() }
  }

  /// Those of the first plans.
  private static let losses = Fault.Loss.allCases.filter { $0 != .missing }

  /// All nodes start again, and meanwhile Redis loses some keys: nobody remembers what they held.
  private mutating func addAmnesia() {
    let atMs = dice.between(15_000, Self.quietFromMs - 20_000)
    for node in 0..<setup.nodes {
      faults.append(
        PlannedFault(
          .crashed(node: node), atMs: atMs + dice.between(0, 300), forMs: dice.between(1000, 4000)))
    }
    let losses = Self.losses.filter { _ in dice.chance(400) }
    for loss in losses {
      faults.append(PlannedFault(.redisLoses(loss), atMs: atMs + dice.between(300, 1300)))
    }
  }

  /// - Parameters:
  ///   - longestMs: at most until the quiet.
  mutating func put(_ fault: Fault, longestMs: Int64) {
    let atMs = dice.between(0, Self.quietFromMs - 1000)
    let forMs = longestMs == 0 ? 0 : min(dice.between(200, longestMs), Self.quietFromMs - atMs)
    faults.append(PlannedFault(fault, atMs: atMs, forMs: forMs))
  }

  mutating func node() -> Int { dice.index(setup.nodes) }
  mutating func peer() -> Int { dice.index(8) }

  private mutating func addBackendFault() {
    switch dice.index(12) {
    case 0: put(.silent(peer: peer()), longestMs: 30_000)
    case 1: put(.slow(peer: peer(), byMs: dice.between(50, 1500)), longestMs: 30_000)
    case 2, 3: put(.flapping(peer: peer(), periodMs: dice.between(500, 12_000)), longestMs: 40_000)
    case 4: put(.allRefusing, longestMs: 20_000)
    case 5:
      // For good: what is down at the end must be down for everybody.
      faults.append(
        PlannedFault(
          .refusing(peer: peer()), atMs: dice.between(5000, Self.quietFromMs), forMs: Self.lengthMs))
    default: put(.refusing(peer: peer()), longestMs: 40_000)
    }
  }

  private mutating func add(_ kind: Kind) {
    switch kind {
    case .nodes: addNodeFault()
    case .ways: addWayFault()
    case .redis: addRedisFault()
    case .losses: addLoss()
    case .clocks: addClockFault()
    case .people: addPeople()
    case .rough:
      put(
        .roughNetwork(
          upToMs: dice.pick([5, 50, 300, 1200], or: 50), lossPermille: dice.pick([0, 5, 50], or: 5)),
        longestMs: 30_000)
    }
  }

  private mutating func addNodeFault() {
    switch dice.index(9) {
    case 0, 1: put(.crashed(node: node()), longestMs: 20_000)
    case 2: put(.stopped(node: node()), longestMs: 15_000)
    case 3: put(.paused(node: node()), longestMs: dice.pick([900, 2500, 15_000], or: 900))
    case 4: put(.localErrors(node: node()), longestMs: 20_000)
    case 5: put(.joined, longestMs: 40_000)
    case 6: addStarvation()
    case 7: addSleepThroughCut()
    default:
      // All of them restart at once.
      let atMs = dice.between(10_000, Self.quietFromMs - 5000)
      for node in 0..<setup.nodes {
        faults.append(PlannedFault(.crashed(node: node), atMs: atMs, forMs: dice.between(500, 3000)))
      }
    }
  }

  /// A node gets time only in bits while all backends take half of theirs: it stands still in the middle of probes.
  private mutating func addStarvation() {
    guard let checker = setup.versions.first?.checker else { return }
    let node = node()
    var atMs = dice.between(5000, Self.quietFromMs - 40_000)
    for peer in 0..<8 {
      faults.append(
        PlannedFault(
          .slow(peer: peer, byMs: Int64(checker.timeoutMs) / 2), atMs: atMs - 2000, forMs: 38_000))
    }
    for _ in 0..<8 {
      let forMs = dice.between(2100, 3000)
      faults.append(PlannedFault(.paused(node: node), atMs: atMs, forMs: forMs))
      atMs += forMs + dice.between(50, Int64(checker.intervalMs + checker.timeoutMs / 2))
    }
  }

  /// A node stands still, and cannot reach Redis when it goes on.
  private mutating func addSleepThroughCut() {
    let node = node()
    let atMs = dice.between(5000, Self.quietFromMs - 25_000)
    let sleptMs = dice.between(500, 8000)
    faults.append(PlannedFault(.paused(node: node), atMs: atMs, forMs: sleptMs))
    let cutMs = atMs + dice.between(0, sleptMs)
    faults.append(PlannedFault(.cutFromRedis(node: node), atMs: cutMs, forMs: dice.between(sleptMs, 15_000)))
  }

  private mutating func addWayFault() {
    switch dice.index(6) {
    case 0, 1: put(.cutFromRedis(node: node()), longestMs: 15_000)
    case 2: put(.cutFromPeers(node: node(), peers: []), longestMs: 30_000)
    case 3: put(.cutFromPeers(node: node(), peers: [peer(), peer()]), longestMs: 30_000)
    case 4: put(.connectionBreaks(node: node()), longestMs: 0)
    default: put(.deaf(node: node()), longestMs: 10_000)
    }
  }

  private mutating func addRedisFault() {
    switch dice.index(5) {
    case 0: put(.redisDown, longestMs: 15_000)
    case 1: put(.redisHangs, longestMs: 8000)
    case 2: put(.redisSlow(byMs: dice.pick([5, 50, 200], or: 50)), longestMs: 15_000)
    default:
      let staying = (0..<setup.nodes).filter { _ in dice.chance(400) }
      let lostMs: Int64 = dice.pick([0, 50, 500, 3000], or: 500)
      let atMs = dice.between(0, Self.quietFromMs - 15_000)
      let forMs = lostMs + (staying.isEmpty ? 100 : dice.between(200, 10_000))
      faults.append(PlannedFault(.failOver(lostMs: lostMs, staying: staying), atMs: atMs, forMs: forMs))
    }
  }

  private mutating func addLoss() {
    switch dice.index(5) {
    case 0, 1: put(.redisEmptied, longestMs: 0)
    case 2: put(.leaseEnds(), longestMs: 0)
    case 3:
      // Where its holder dies before it is renewed, nobody but others can end it.
      let atMs = dice.between(5000, Self.quietFromMs - 25_000)
      faults.append(PlannedFault(.leaseIsEndless(), atMs: atMs))
      if dice.chance(700) {
        faults.append(
          PlannedFault(
            .crashed(node: node()), atMs: atMs + dice.between(1, 500), forMs: dice.between(500, 15_000)))
      }
    default: put(.redisLoses(dice.pick(Self.losses, or: .head)), longestMs: 0)
    }
  }

  private mutating func addClockFault() {
    let hour: Int64 = 3_600_000
    let leaps = [-hour, hour, -3000, 3000, 366 * 24 * hour]
    switch dice.index(4) {
    case 0: put(.wallClockJumps(node: node(), byMs: dice.pick(leaps, or: hour)), longestMs: 0)
    case 1: put(.redisClockJumps(byMs: dice.pick(leaps, or: hour)), longestMs: 0)
    case 2:
      put(
        .clockRate(node: node(), permille: dice.pick([667, 800, 1200, 1500], or: 1500)), longestMs: 60_000)
    default: put(.redisClockRate(permille: dice.pick([667, 1500], or: 1500)), longestMs: 60_000)
    }
  }

  private mutating func addPeople() {
    if dice.chance(400) {
      put(.override(peer: peer(), dice.pick(Fault.Word.allCases, or: .auto)), longestMs: 0)
    } else {
      // A roll-out, one node after the other; some are given up half way.
      let version = dice.index(3)
      var atMs = dice.between(5000, Self.quietFromMs - 25_000)
      let last = dice.chance(800) ? setup.nodes : dice.index(setup.nodes)
      for node in 0..<last {
        faults.append(PlannedFault(.settings(node: node, version: version), atMs: atMs))
        atMs += dice.between(100, 4000)
      }
    }
  }
}
