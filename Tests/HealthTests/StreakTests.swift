import Health
import Testing

@Suite struct StreakTests {
  /// lua-resty.md, "The state machine": fall=2, rise=2; `.` success, `X` failure; D and U where it turns.
  @Test func followsTheGoldenTrace() {
    var streak = Streak()
    let thresholds = Thresholds(fall: 2, rise: 2)
    let trace: [(result: Character, turns: PeerState?)] = [
      (".", nil), (".", nil), ("X", nil), (".", nil), ("X", nil), ("X", .down), (".", nil), ("X", nil),
      ("X", nil),
      ("X", nil), (".", nil), (".", .up), ("X", nil), (".", nil), (".", nil),
    ]
    for (place, step) in trace.enumerated() {
      let before = streak.state
      let turned = step.result == "." ? streak.succeed(thresholds) : streak.fail(thresholds)
      #expect(turned == (step.turns != nil), "at step \(place)")
      #expect(streak.state == step.turns ?? before, "at step \(place)")
    }
  }

  /// Every sequence of ten results against the rules as lua-resty.md has them, written down a second time.
  @Test(arguments: [(1, 1), (1, 3), (2, 2), (3, 1), (5, 2)])
  func agreesWithTheRulesOnEverySequence(fall: Int, rise: Int) {
    for bits in 0..<(1 << 10) {
      var streak = Streak()
      var keys = SharedKeys()
      for step in 0..<10 {
        if bits >> step & 1 == 0 {
          _ = streak.fail(Thresholds(fall: fall, rise: rise))
          keys.fail(fall)
        } else {
          _ = streak.succeed(Thresholds(fall: fall, rise: rise))
          keys.succeed(rise)
        }
        #expect(streak.state == (keys.down ? .down : .up))
        #expect(streak.ok == keys.ok)
        #expect(streak.nok == keys.nok)
      }
    }
  }

  /// The keys `ok:`, `nok:` and `d:` of lua-resty's shared memory, worked as it works them.
  private struct SharedKeys {
    var ok = 0
    var nok = 0
    var down = false

    mutating func fail(_ fall: Int) {
      nok += 1
      if nok == 1 { ok = 0 }
      if !down && nok >= fall { down = true }
    }

    mutating func succeed(_ rise: Int) {
      ok += 1
      if ok == 1 { nok = 0 }
      if down && ok >= rise { down = false }
    }
  }

  @Test func tellsWhenARunMayTurnThePeer() {
    var streak = Streak()
    let thresholds = Thresholds(fall: 2, rise: 2)
    #expect(!streak.isTurning)
    _ = streak.fail(thresholds)
    #expect(streak.isTurning)
    _ = streak.fail(thresholds)
    #expect(!streak.isTurning)
    _ = streak.succeed(thresholds)
    #expect(streak.isTurning)
    _ = streak.succeed(thresholds)
    #expect(!streak.isTurning)
  }

  @Test func startsWhereItIsTold() {
    var streak = Streak(state: .down)
    let turns = (0..<2).map { _ in streak.succeed(Thresholds(fall: 5, rise: 2)) }
    #expect(turns == [false, true])
    #expect(streak.state == .up)
  }
}
