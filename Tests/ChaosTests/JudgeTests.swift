import Chaos
import Health
import Ledger
import Testing

/// The judge of a run sees what a reader must never be told: else a run without violations would mean nothing.
struct JudgeTests {
  private static let upstream = "shop"
  private static let peer = PeerName("10.0.0.1:80")

  /// The peer goes down at 100,000 ms, and comes back at 200,000.
  private static var truth: Truth {
    var truth = Truth()
    truth.note(peer, is: .up, at: 0)
    truth.note(peer, is: .down, at: 100_000)
    truth.note(peer, is: .up, at: 200_000)
    return truth
  }

  enum Told: Sendable {
    /// Number, term, state, when.
    case turned(UInt64, UInt64, PeerState, Int64)
    case resync(UInt64, UInt64, Int64)
    /// Number, term, state, when.
    case read(UInt64, UInt64, PeerState, Int64)
  }

  private func violations(_ told: [Told]) throws -> [String] {
    let upstream = try #require(UpstreamName(Self.upstream))
    var judge = Judge()
    for one in told {
      switch one {
      case .turned(let seq, let term, let state, let ms):
        let transition = Transition(
          peer: Self.peer, role: .primary, from: state == .up ? .down : .up, to: state, reason: "L4CON",
          detail: "",
          votes: Votes(up: 0, down: 2, assigned: 3, quorum: .majority))
        judge.hear(
          .event(event(upstream, seq, term, .transition(transition), ms)), against: Self.truth, at: ms)
      case .resync(let seq, let term, let ms):
        judge.hear(.event(event(upstream, seq, term, .resync, ms)), against: Self.truth, at: ms)
      case .read(let seq, let term, let state, let ms):
        let head = Head(term: term, run: "r", leader: "a", seq: seq, commit: "", digest: "", checkedMs: ms)
        let snapshot = LedgerSnapshot(
          head: head, definition: nil, records: [:], status: [Self.peer: state], overrides: [:])
        judge.hear(.snapshot(upstream, snapshot), against: Self.truth, at: ms)
      }
    }
    return judge.violations
  }

  private func event(
    _ upstream: UpstreamName, _ seq: UInt64, _ term: UInt64, _ change: LedgerEvent.Change, _ ms: Int64
  ) -> LedgerEvent {
    LedgerEvent(upstream: upstream, seq: seq, term: term, run: "r", leader: "a", atMs: ms, change: change)
  }

  @Test(arguments: [
    [Told.read(1, 5, .up, 50_000), .turned(2, 5, .down, 101_500), .turned(3, 5, .up, 201_000)],
    [
      .read(1, 5, .up, 50_000), .turned(2, 5, .down, 101_500), .resync(40, 6, 150_000),
      .turned(41, 6, .up, 201_000),
    ],
    // Decided in an outage, and read after it.
    [.read(1, 5, .up, 50_000), .read(2, 6, .down, 130_000), .turned(3, 6, .up, 201_000)],
    // It had just come back when the votes of before were counted.
    [.read(1, 5, .up, 50_000), .turned(2, 5, .down, 204_000)],
  ]) func whatIsTrueIsTold(_ told: [Told]) throws {
    #expect(try violations(told) == [])
  }

  @Test(arguments: [
    ([Told.read(1, 5, .up, 50_000), .turned(2, 5, .down, 90_000)], "was not so"),
    ([.read(1, 5, .up, 50_000), .turned(2, 5, .down, 206_000)], "was not so"),
    ([.read(1, 5, .up, 50_000), .read(1, 5, .down, 90_000)], "was not so"),
    ([.read(1, 5, .up, 50_000), .turned(3, 5, .down, 101_000)], "events are missing"),
    (
      [.read(1, 5, .up, 50_000), .turned(2, 5, .down, 101_000), .turned(2, 5, .down, 101_000)],
      "was told twice"
    ),
    (
      [.read(1, 5, .up, 50_000), .turned(2, 5, .down, 101_000), .turned(3, 5, .down, 102_000)],
      "was told to be down already"
    ),
    ([.read(1, 5, .up, 50_000), .turned(2, 4, .down, 101_000)], "a term went back"),
    ([.read(1, 5, .up, 50_000), .read(1, 4, .up, 60_000)], "after 5"),
  ]) func whatIsNotIsSeen(_ told: [Told], _ what: String) throws {
    let violations = try violations(told)
    #expect(violations.contains { $0.contains(what) }, "\(violations)")
  }

  /// Every kind comes before any comes again, and a seed makes the same plan each time.
  @Test(arguments: [true, false]) func everyFaultComes(inCluster isCluster: Bool) {
    for side in [Fault.Side.node, .redis] {
      let kinds = Fault.allCases.filter { $0.side == side && $0.exists(inCluster: isCluster) }
      var plan = FaultPlan(side, inCluster: isCluster, seed: 7)
      var other = FaultPlan(side, inCluster: isCluster, seed: 7)
      let faults = kinds.map { _ in plan.next() }
      #expect(Set(faults.map(\.fault)) == Set(kinds))
      #expect(faults == kinds.map { _ in other.next() })
      #expect(faults.allSatisfy { $0.fault.lengthMs.contains($0.lengthMs) })
    }
  }
}
