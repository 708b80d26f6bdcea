import Cluster
import Health
import Ledger
import Testing

@testable import Simulation

@Suite struct WorldTests {
  @Test func theSameSeedIsTheSameHistory() {
    for seed: UInt64 in [1, 3, 7] {
      let histories = (0..<2).map { _ in
        let transcript = Transcript(withProbes: true)
        _ = Verdict.of(PlanMaker.plan(seed: seed), transcript: transcript)
        return transcript.lines
      }
      #expect(histories[0] == histories[1] && histories[0].count > 100)
    }
  }

  private static func plan(_ faults: [PlannedFault], nodes: Int = 3, lengthMs: Int64 = 30_000) -> Plan {
    let setup = Setup(nodes: nodes, versions: [Setup.definition(peers: 0..<2)])
    return Plan(seed: 5, setup: setup, faults: faults, quietFromMs: lengthMs, lengthMs: lengthMs)
  }

  private static func lived(_ faults: [PlannedFault], nodes: Int = 3, lengthMs: Int64 = 30_000) -> World {
    let world = World(plan(faults, nodes: nodes, lengthMs: lengthMs), invariants: [])
    world.run()
    return world
  }

  private static func turns(_ world: World) -> [Transition] {
    world.primaryState.events(of: Setup.upstream, after: 0, limit: 1000).compactMap {
      if case .transition(let turn) = $0.change { turn } else { nil }
    }
  }

  @Test func aClusterForms() {
    let world = Self.lived([])
    #expect(world.lease(of: Setup.upstream) != nil && world.primaryState.members.count == 3)
    #expect(world.nodes.allSatisfy { $0.view(of: Setup.upstream)?.peers.count == 2 && !$0.isStale })
    #expect(world.nodes.allSatisfy { $0.probedNumbers(of: Setup.upstream) == [0, 1] })
  }

  @Test func aBackendThatEndsIsSeen() {
    for fault in [Fault.refusing(peer: 1), .silent(peer: 1), .slow(peer: 1, byMs: 1200)] {
      let world = Self.lived([PlannedFault(fault, atMs: 15_000, forMs: 10_000)])
      #expect(Self.turns(world).map(\.to) == [.down, .up], "\(fault)")
      #expect(Self.turns(world).allSatisfy { $0.peer == Setup.peer(1) }, "\(fault)")
    }
  }

  @Test func whoIsPausedDoesNothing() {
    let world = Self.lived([PlannedFault(.paused(node: 0), atMs: 12_000, forMs: 60_000)])
    #expect(world.nodes[0].isRunning && world.nodes[0].held.count > 0)
    #expect(!world.primaryState.members.contains { $0.node == "a" })
  }

  @Test func whoIsCutOffIsStaleAndMissing() {
    let world = Self.lived([PlannedFault(.cutFromRedis(node: 1), atMs: 12_000, forMs: 60_000)])
    #expect(world.nodes.map(\.isStale) == [false, true, false])
    #expect(world.primaryState.members.map(\.node) == ["a", "c"])
  }

  @Test func everythingThatHangsIsPerformedInTheEnd() {
    let hang = PlannedFault(.redisHangs, atMs: 15_000, forMs: 5000)
    let world = Self.lived([hang, PlannedFault(.refusing(peer: 0), atMs: 15_500, forMs: 60_000)])
    #expect(world.redis.servers.allSatisfy { $0.backlog.isEmpty })
    #expect(Self.turns(world).map(\.to) == [.down])
  }

  @Test func twoPrimariesLiveForAWhile() {
    let transcript = Transcript()
    let fault = PlannedFault(.failOver(lostMs: 100, staying: [0, 1]), atMs: 12_000, forMs: 8000)
    let world = World(Self.plan([fault]), invariants: [], transcript: transcript)
    world.run()
    #expect(world.redis.servers.count == 2 && world.redis.primary == 1)
    #expect(world.nodes.allSatisfy { $0.link.server == 1 && !$0.isStale })
    #expect(world.lease(of: Setup.upstream) != nil)
  }

  @Test func clocksLeapAndRunFast() {
    let leap = PlannedFault(.wallClockJumps(node: 0, byMs: 3_600_000), atMs: 12_000)
    let fast = PlannedFault(.clockRate(node: 1, permille: 1500), atMs: 12_000, forMs: 60_000)
    let world = Self.lived([leap, fast])
    let apart = world.nodes[0].clock.wallMs(at: world.nowUs) - world.nodes[0].steadyMs(at: world.nowUs)
    #expect(apart == SimulatedClock.wallStartMs + 3_600_000)
    #expect(world.nodes[1].steadyMs(at: world.nowUs) - world.nodes[1].steadyMs(at: 12_000_000) == 27_000)
    #expect(Self.turns(world).isEmpty)
  }

  /// One that objects ends the run, with the place in virtual time.
  @Test func anObjectionEndsTheRun() {
    struct NobodyIsKilled: Invariant {
      static let promise = "a test's"
      mutating func observe(_ traceEvent: TraceEvent, in world: World) {
        if case .began(.crashed) = traceEvent { object("somebody was", in: world) }
      }
    }
    let killed = PlannedFault(.crashed(node: 0), atMs: 4000, forMs: 1000)
    let verdict = Verdict.of(Self.plan([killed]), invariants: [NobodyIsKilled.self])
    #expect(verdict.violations == [Violation(invariant: "NobodyIsKilled", atMs: 4000, what: "somebody was")])
    #expect(verdict.livedMs == 4000)
  }

  private struct LooksAtTicks: Invariant {
    static let promise = "a test's"
    static let looksAt: TraceEvent.Kinds = [.ticked]
    mutating func observe(_ traceEvent: TraceEvent, in world: World) {
      guard case .took(_, .tick) = traceEvent else { return object("something else", in: world) }
      object("a tick", in: world)
    }
  }

  private struct LooksAtOtherEvents: Invariant {
    static let promise = "a test's"
    static let looksAt: TraceEvent.Kinds = [.took]
    mutating func observe(_ traceEvent: TraceEvent, in world: World) {
      switch traceEvent {
      case .took(_, .tick), .took(_, .probed): object("a tick or a result", in: world)
      default: break
      }
    }
  }

  private struct LooksAtDecisions: Invariant {
    static let promise = "a test's"
    static let looksAt: TraceEvent.Kinds = [.decided]
    mutating func observe(_ traceEvent: TraceEvent, in world: World) {
      guard case .performed(let performed) = traceEvent, case .commit = performed.request else {
        return object("something else", in: world)
      }
      object("a commit", in: world)
    }
  }

  private struct LooksAtRequests: Invariant {
    static let promise = "a test's"
    static let looksAt: TraceEvent.Kinds = [.performed]
    mutating func observe(_ traceEvent: TraceEvent, in world: World) {
      if case .performed(let performed) = traceEvent, case .commit = performed.request {
        object("a commit", in: world)
      }
    }
  }

  /// What comes ten thousand times in a run is a kind of its own; commits are among what is performed.
  @Test func invariantsAreShownWhatTheyLookAt() {
    let told: (any Invariant.Type) -> [String] = { invariant in
      Verdict.of(Self.plan([]), invariants: [invariant]).violations.map(\.what)
    }
    #expect(told(LooksAtTicks.self) == ["a tick"])
    #expect(told(LooksAtOtherEvents.self) == [])
    #expect(told(LooksAtDecisions.self) == ["a commit"])
    #expect(told(LooksAtRequests.self) == ["a commit"])
  }
}
