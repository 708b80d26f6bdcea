import Testing

@testable import Simulation

@Suite struct ShrinkerTests {
  /// Objects when a node is killed while Redis is down.
  private struct NoKillWhileRedisIsDown: Invariant {
    static let promise = "a test's"
    private var isDown = false

    init() {}

    mutating func observe(_ traceEvent: TraceEvent, in world: World) {
      switch traceEvent {
      case .began(.redisDown): isDown = true
      case .faultEnded(.redisDown): isDown = false
      case .began(.crashed(let node)) where isDown: object("node \(node) was killed", in: world)
      default: break
      }
    }
  }

  private static func plan(_ faults: [PlannedFault]) -> Plan {
    let setup = Setup(nodes: 4, versions: [Setup.definition(peers: 0..<2)])
    return Plan(seed: 1, setup: setup, faults: faults, quietFromMs: 30_000, lengthMs: 35_000)
  }

  @Test func whatHasNothingToDoWithItIsLeftOut() throws {
    var faults = (0..<6).map {
      PlannedFault(.refusing(peer: $0 % 2), atMs: Int64($0) * 3000, forMs: 2000)
    }
    faults.append(PlannedFault(.redisDown, atMs: 8000, forMs: 9000))
    faults.append(PlannedFault(.crashed(node: 3), atMs: 2000, forMs: 1000))
    faults.append(PlannedFault(.crashed(node: 1), atMs: 10_000, forMs: 6000))
    var shrinker = try #require(Shrinker(Self.plan(faults), invariants: [NoKillWhileRedisIsDown.self]))
    let short = shrinker.shrink()
    #expect(short.faults.map(\.fault) == [.redisDown, .crashed(node: 1)])
    #expect(short.faults.allSatisfy { $0.forMs < 6000 } && short.setup.nodes == 2)
    let verdict = Verdict.of(short, invariants: [NoKillWhileRedisIsDown.self])
    #expect(verdict.violations.map(\.invariant) == ["NoKillWhileRedisIsDown"])
  }

  @Test func aRunThatBreaksNothingIsNotShrunk() {
    #expect(Shrinker(Self.plan([]), invariants: [NoKillWhileRedisIsDown.self]) == nil)
  }

  @Test func triesNoMoreThanItMay() throws {
    let faults = [
      PlannedFault(.redisDown, atMs: 8000, forMs: 9000),
      PlannedFault(.crashed(node: 1), atMs: 10_000, forMs: 6000),
    ]
    var shrinker = try #require(Shrinker(Self.plan(faults), invariants: [NoKillWhileRedisIsDown.self]))
    _ = shrinker.shrink(most: 3)
    #expect(shrinker.tries <= 3)
  }
}
