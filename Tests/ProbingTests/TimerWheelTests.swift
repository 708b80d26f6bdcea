import Probing
import Testing

/// The wheel against a plain list of moments.
@Suite struct TimerWheelTests {
  private final class Slots {
    let base: UnsafeMutablePointer<ProbeSlot>
    let count: Int

    init(_ count: Int) {
      self.count = count
      base = .allocate(capacity: count)
      base.initialize(repeating: ProbeSlot(), count: count)
    }

    deinit { base.deallocate() }
  }

  @Test(arguments: [0, 1, 255, 256, 65_535, 65_536, 16_777_215, 16_777_216, 4_000_000_000] as [Int64])
  func expiresEachTimerAtItsTick(start: Int64) {
    for distance: Int64 in [
      1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 131_071, 16_777_215, 16_777_217,
    ] {
      let slots = Slots(1)
      var wheel = TimerWheel(now: start)
      slots.base[0].timer.tick = start + distance
      wheel.insert(0, in: slots.base)
      var expired: [Int32] = []
      wheel.advance(to: start + distance - 1, in: slots.base, into: &expired)
      #expect(expired.isEmpty, "\(start) + \(distance)")
      wheel.advance(to: start + distance, in: slots.base, into: &expired)
      #expect(expired == [0], "\(start) + \(distance)")
      #expect(wheel.ticksToWake == nil)
    }
  }

  @Test func aPassedTickExpiresAtTheNext() {
    let slots = Slots(1)
    var wheel = TimerWheel(now: 1000)
    slots.base[0].timer.tick = 3
    wheel.insert(0, in: slots.base)
    #expect(wheel.ticksToWake == 1)
    var expired: [Int32] = []
    wheel.advance(to: 1001, in: slots.base, into: &expired)
    #expect(expired == [0])
  }

  /// Random timers set, ended and moved, in steps of all sizes.
  @Test(arguments: 1...20)
  func agreesWithAPlainList(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    let slots = Slots(200)
    let start = Int64(random.next() % 1_000_000_000)
    var wheel = TimerWheel(now: start)
    var model: [Int32: Int64] = [:]
    var now = start
    for _ in 0..<3000 {
      let slot = Int32(random.below(200))
      switch random.below(4) {
      case 0, 1:
        wheel.remove(slot, in: slots.base)
        let reach = [3, 300, 70_000, 20_000_000][random.below(4)]
        slots.base[Int(slot)].timer.tick = now + Int64(random.below(reach))
        wheel.insert(slot, in: slots.base)
        model[slot] = max(slots.base[Int(slot)].timer.tick, now + 1)
      case 2:
        wheel.remove(slot, in: slots.base)
        model[slot] = nil
      default:
        now += Int64([1, 1, 5, 256, 1000, 70_000][random.below(6)])
        var expired: [Int32] = []
        if let wake = wheel.ticksToWake { #expect(wake >= 1 && wake <= 256) }
        wheel.advance(to: now, in: slots.base, into: &expired)
        let due = model.filter { $0.value <= now }
        #expect(Set(expired) == Set(due.keys) && expired.count == due.count)
        for slot in due.keys { model[slot] = nil }
      }
      if let first = model.values.min() {
        #expect(wheel.ticksToWake.map { now + $0 <= first } == true)
      } else {
        #expect(wheel.ticksToWake == nil)
      }
    }
  }
}
