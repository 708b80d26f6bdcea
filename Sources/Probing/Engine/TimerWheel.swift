/// One timer for each slot, in ticks of 1 ms: four levels of 256 buckets, each a list through the slots themselves,
/// so that setting and ending a timer touch no memory but theirs.
///
/// Timers further than 2^32 ticks away are kept in the last bucket and set again when it comes.
package struct TimerWheel: ~Copyable {
  package struct Link {
    var next: Int32 = -1
    var previous: Int32 = -1
    /// The bucket the slot is in; -1: no timer is set.
    var bucket: Int32 = -1
    package var tick: Int64 = 0
  }

  private static let levels = 4
  private static let width = 256
  private var heads: UnsafeMutablePointer<Int32>
  /// A bit for each bucket of the lowest level that holds a timer.
  private var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  /// Everything up to and including this tick has expired.
  private(set) var now: Int64
  private var running = 0

  package init(now: Int64) {
    heads = .allocate(capacity: Self.levels * Self.width)
    heads.initialize(repeating: -1, count: Self.levels * Self.width)
    self.now = now
  }

  deinit { heads.deallocate() }

  /// Sets the timer of `slot`, which has none, to the tick in its link. One that has passed expires at the next tick.
  package mutating func insert(_ slot: Int32, in links: UnsafeMutablePointer<ProbeSlot>) {
    place(slot, at: max(links[Int(slot)].timer.tick, now + 1), in: links)
  }

  /// - Parameter tick: `now` or later; `now` itself only while its bucket has yet to be emptied.
  private mutating func place(_ slot: Int32, at tick: Int64, in links: UnsafeMutablePointer<ProbeSlot>) {
    let bucket = Self.bucket(of: tick, now: now)
    let first = heads[bucket]
    links[Int(slot)].timer.next = first
    links[Int(slot)].timer.previous = -1
    links[Int(slot)].timer.bucket = Int32(bucket)
    if first >= 0 { links[Int(first)].timer.previous = slot }
    heads[bucket] = slot
    if bucket < Self.width { mark(bucket, true) }
    running += 1
  }

  /// Ends the timer of `slot`, if one is set.
  package mutating func remove(_ slot: Int32, in links: UnsafeMutablePointer<ProbeSlot>) {
    let link = links[Int(slot)].timer
    guard link.bucket >= 0 else { return }
    if link.previous >= 0 {
      links[Int(link.previous)].timer.next = link.next
    } else {
      heads[Int(link.bucket)] = link.next
      if link.next < 0, Int(link.bucket) < Self.width { mark(Int(link.bucket), false) }
    }
    if link.next >= 0 { links[Int(link.next)].timer.previous = link.previous }
    links[Int(slot)].timer.bucket = -1
    running -= 1
  }

  /// Moves to `tick` and hands every timer up to it to `expire`, tick by tick, its slot's timer being ended before.
  package mutating func advance(
    to tick: Int64, in links: UnsafeMutablePointer<ProbeSlot>, into expired: inout [Int32]
  ) {
    while now < tick {
      if running == 0 {
        now = tick
        return
      }
      // Nothing is due before the next bucket that is occupied or the next turn of this level.
      let step = ticksToNext(atMost: tick - now)
      now += step
      if now & 0xff == 0 { cascade(in: links) }
      empty(Int(now & 0xff), in: links, into: &expired)
    }
  }

  /// Ticks from now to the next moment at which something may be due; nil when no timer is set.
  package var ticksToWake: Int64? { running == 0 ? nil : ticksToNext(atMost: 256) }

  private mutating func empty(
    _ bucket: Int, in links: UnsafeMutablePointer<ProbeSlot>, into expired: inout [Int32]
  ) {
    while heads[bucket] >= 0 {
      let slot = heads[bucket]
      remove(slot, in: links)
      expired.append(slot)
    }
  }

  /// At a turn of the lowest level, the buckets above that have come down to it are spread.
  private mutating func cascade(in links: UnsafeMutablePointer<ProbeSlot>) {
    for level in 1..<Self.levels {
      let index = Int((now >> (8 * Int64(level))) & 0xff)
      var slot = heads[level * Self.width + index]
      heads[level * Self.width + index] = -1
      while slot >= 0 {
        let next = links[Int(slot)].timer.next
        running -= 1
        place(slot, at: max(links[Int(slot)].timer.tick, now), in: links)
        slot = next
      }
      if index != 0 { return }
    }
  }

  private static func bucket(of tick: Int64, now: Int64) -> Int {
    let distance = tick - now
    // A level holds what is less than a full turn of it away, so that no bucket mixes two turns.
    for level in 0..<levels where distance < Int64(1) << (8 * Int64(level + 1)) {
      return level * width + Int((tick >> (8 * Int64(level))) & 0xff)
    }
    let last = now + (Int64(1) << 32) - 1
    return (levels - 1) * width + Int((last >> 24) & 0xff)
  }

  private mutating func mark(_ bucket: Int, _ value: Bool) {
    let bit = UInt64(1) << UInt64(bucket & 63)
    withUnsafeMutableBytes(of: &occupied) { bytes in
      let words = bytes.assumingMemoryBound(to: UInt64.self)
      if value { words[bucket >> 6] |= bit } else { words[bucket >> 6] &= ~bit }
    }
  }

  private func ticksToNext(atMost most: Int64) -> Int64 {
    let turn = 256 - (now & 0xff)  // at least 1, at most 256: where the levels above come down
    let limit = min(most, turn)
    var bucket = Int(now & 0xff) + 1
    let end = Int(now & 0xff) + Int(limit)
    while bucket < min(end, 256) {
      let word = self.word(bucket >> 6) >> UInt64(bucket & 63)
      if word != 0 {
        bucket += word.trailingZeroBitCount
        return Int64(min(bucket, end)) - (now & 0xff)
      }
      bucket = (bucket | 63) + 1
    }
    return limit
  }

  private func word(_ index: Int) -> UInt64 {
    switch index {
    case 0: occupied.0
    case 1: occupied.1
    case 2: occupied.2
    default: occupied.3
    }
  }
}
