import Backends
import Health
import Probing
import Testing

@Suite struct EngineTests {
  /// No test takes this long, however busy the machine is.
  private let hourMs = 3_600_000

  @Test func probesEachPeerAtItsInterval() async throws {
    let backend = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 20)), .watch(EngineRig.target(0, backend.peer, phaseMs: 7)),
    ])
    let results = await rig.results(10)
    rig.engine.stop()
    // Starts lie on a grid of 20 ms: the first may be late by almost a step, and none can be early.
    let (first, tenth) = (results[0].endedMs, results[9].endedMs)
    #expect(tenth - first > 8 * 20)
    #expect(results.allSatisfy { $0.outcome.code == "OK" })
  }

  @Test func usesItsSocketsAgain() async throws {
    let backend = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 2))])
    rig.engine.apply((0..<4).map { .watch(EngineRig.target($0, backend.peer, phaseMs: $0 % 2)) })
    let results = await rig.results(400)
    let statistics = await rig.engine.statistics()
    #expect(results.allSatisfy { $0.outcome.code == "OK" })
    #expect(statistics.socketsMade <= 8 && statistics.watched == 4 && statistics.failed == 0)
  }

  /// A peer that refuses, one that resets and one that answers share the same few sockets: nothing leaks over.
  @Test func anEndedConnectionLeavesNoTraceInTheNext() async throws {
    let good = try Backend(.ok)
    let refusing = try Backend(.refusing)
    let resetting = try Backend(.resetAtOnce)
    let silent = try Backend(.silent)
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 3, timeoutMs: 10))])
    for (index, backend) in [good, refusing, resetting, silent].enumerated() {
      rig.engine.apply([.watch(EngineRig.target(index, backend.peer, phaseMs: index % 3))])
    }
    let results = await rig.results(1500)
    var codes: [UInt32: Set<String>] = [:]
    for result in results { codes[result.id.index, default: []].insert(result.outcome.code) }
    // On a busy machine ten milliseconds may be too few for anybody; another peer's failure is never among them.
    #expect(codes[0]?.isSubset(of: ["OK", "L7TOUT", "L4TOUT"]) == true && codes[0]?.contains("OK") == true)
    #expect(codes[1] == ["L4CON"])
    #expect(codes[2]?.isSubset(of: ["L7RST", "L7SND", "L7TOUT", "L4TOUT", "L4ERR"]) == true)
    #expect(codes[3]?.isSubset(of: ["L7TOUT", "L4TOUT"]) == true)
  }

  @Test func neverHasMoreInFlightThanItMay() async throws {
    let silent = try Backend(.silent)
    let good = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 2, timeoutMs: hourMs, concurrency: 2)),
      .openGroup(1, EngineRig.checker(everyMs: 2)), .watch(EngineRig.target(12, good.peer, group: 1)),
    ])
    rig.engine.apply((0..<12).map { .watch(EngineRig.target($0, silent.peer)) })
    #expect(await silent.counts { $0.accepted >= 2 } != nil)
    // Another group is not held up, and while it makes a hundred probes the full one starts none.
    _ = await rig.results(100)
    #expect(silent.counts.accepted == 2)
  }

  @Test func thoseInLineAreServedInTurn() async throws {
    let backend = try Backend(.slow(2))
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 2, concurrency: 1))])
    rig.engine.apply((0..<6).map { .watch(EngineRig.target($0, backend.peer)) })
    let results = await rig.results(60)
    // After the first round nobody is served twice before everyone else was.
    for start in 12..<54 { #expect(Set(results[start..<(start + 6)].map(\.id.index)).count == 6) }
  }

  @Test func silentPeersHoldNobodyUp() async throws {
    let silent = try Backend(.silent)
    let good = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 50, timeoutMs: hourMs))])
    rig.engine.apply((0..<12).map { .watch(EngineRig.target($0, silent.peer)) })
    rig.engine.apply((12..<20).map { .watch(EngineRig.target($0, good.peer, phaseMs: $0)) })
    let results = await rig.results(80)
    #expect(results.allSatisfy { $0.id.index >= 12 && $0.outcome.code == "OK" })
  }

  @Test func anUnwatchedPeerHasNoMoreResults() async throws {
    let silent = try Backend(.silent)
    let good = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 5, timeoutMs: 60)), .watch(EngineRig.target(0, silent.peer)),
      .watch(EngineRig.target(1, good.peer)),
    ])
    _ = await rig.results(3)
    rig.engine.apply([
      .unwatch(ProbeID(index: 0, incarnation: 1)), .unwatch(ProbeID(index: 9, incarnation: 1)),
    ])
    let watched = await rig.engine.statistics().watched
    #expect(watched == 1)
    let before = await rig.results(0).count
    let after = await rig.results(before + 40)
    #expect(after[before...].allSatisfy { $0.id.index == 1 })
    // The index serves another peer at once; its results carry the new incarnation.
    rig.engine.apply([.watch(EngineRig.target(0, good.peer, incarnation: 2))])
    let later = await rig.results(after.count + 40)
    #expect(later.contains { $0.id == ProbeID(index: 0, incarnation: 2) && $0.outcome.code == "OK" })
    #expect(!later[after.count...].contains { $0.id == ProbeID(index: 0, incarnation: 1) })
  }

  /// The next probe after an order to pace comes after the pace, not after the interval: here that is an hour.
  @Test(.timeLimit(.minutes(5))) func aPaceGoesBeforeTheInterval() async throws {
    let backend = try Backend(.ok)
    let slow = try Backend(.slow(60))
    let rig = try EngineRig()
    let soon = Int((SteadyClock.nowMs + 300) % 3_600_000)
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 3_600_000)),
      .watch(EngineRig.target(0, backend.peer, phaseMs: soon)),
    ])
    _ = await rig.results(1)
    rig.engine.apply([.pace(ProbeID(index: 0, incarnation: 1), everyMs: 20)])
    let paced = await rig.results(10)
    // The second may be late by the time the order took; none of the others is early.
    #expect(paced[9].endedMs - paced[1].endedMs > 7 * 20)
    rig.engine.apply([.pace(ProbeID(index: 0, incarnation: 1), everyMs: nil)])
    // Back on the grid, whose next point is an hour away. Once another has had its answer, only what was under way may
    // still end, however long others take.
    var counts: [Int] = []
    for index in 1...5 {
      let other = EngineRig.target(index, slow.peer)
      rig.engine.apply([.once(other)])
      var results = await rig.results(0)
      while !results.contains(where: { $0.id == other.id }) { results = await rig.results(results.count + 1) }
      counts.append(results.count { $0.id.index == 0 })
    }
    #expect(counts[4] - counts[0] <= 1)
  }

  @Test func onceIsOnce() async throws {
    let backend = try Backend(.ok)
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 2)), .once(EngineRig.target(0, backend.peer))])
    _ = await rig.results(1)
    rig.engine.apply([.watch(EngineRig.target(1, backend.peer))])
    let results = await rig.results(30)
    #expect(results.count { $0.id.index == 0 } == 1)
    #expect(await rig.engine.statistics().watched == 1)
  }

  @Test func takesOrdersForThousandsOfPeers() async throws {
    let backend = try Backend(.ok)
    let rig = try EngineRig()
    var orders: [ProbeAction] = [.openGroup(0, EngineRig.checker(everyMs: 1000, timeoutMs: 5000))]
    orders += (0..<2000).map { .watch(EngineRig.target($0, backend.peer, phaseMs: $0 % 1000)) }
    rig.engine.apply(orders)
    let results = await rig.results(2000)
    #expect(Set(results.map(\.id.index)).count >= 1000)
    rig.engine.apply((0..<2000).map { .unwatch(ProbeID(index: UInt32($0), incarnation: 1)) })
    #expect(await rig.engine.statistics().watched == 0)
  }

  @Test func stopsWhileProbesAreUnderWay() async throws {
    let silent = try Backend(.silent)
    let rig = try EngineRig()
    rig.engine.apply([.openGroup(0, EngineRig.checker(everyMs: 5, timeoutMs: hourMs))])
    rig.engine.apply((0..<50).map { .watch(EngineRig.target($0, silent.peer)) })
    _ = await silent.counts { $0.accepted >= 50 }
    rig.engine.stop()
    rig.engine.stop()
    #expect(await rig.engine.statistics().started == 0)
    #expect(await silent.counts { $0.open == 0 } != nil)
  }

  @Test func reachesAUnixSocket() async throws {
    let backend = try Backend(.ok, at: .unix("/tmp/quorate-test-\(UInt32.random(in: 0...UInt32.max)).sock"))
    defer { backend.stop() }
    let rig = try EngineRig()
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 3)), .watch(EngineRig.target(0, backend.peer)),
    ])
    let results = await rig.results(20)
    #expect(results.allSatisfy { $0.outcome.code == "OK" })
    #expect(await rig.engine.statistics().sockets <= 2)
  }
}
