import Health

/// The slots of the engine in one block of memory.
struct SlotTable: ~Copyable {
  private(set) var base: UnsafeMutablePointer<ProbeSlot>
  private var capacity = 64
  /// Slots that have ever been in use.
  private(set) var count: Int32 = 0

  init() {
    base = .allocate(capacity: 64)
    base.initialize(repeating: ProbeSlot(), count: 64)
  }

  deinit {
    for index in 0..<Int(count) {
      base[index].releaseAddress()
      base[index].releasePartial()
    }
    base.deallocate()
  }

  mutating func grow(to wanted: Int) {
    count = max(count, Int32(clamping: wanted))
    guard wanted > capacity else { return }
    // An eighth more, so that many peers do not cost twice their memory.
    let larger = max(wanted, capacity + capacity / 8)
    let moved = UnsafeMutablePointer<ProbeSlot>.allocate(capacity: larger)
    moved.moveInitialize(from: base, count: capacity)
    (moved + capacity).initialize(repeating: ProbeSlot(), count: larger - capacity)
    base.deallocate()
    base = moved
    capacity = larger
  }

  /// - Parameter slot: below `count`.
  subscript(slot: Int32) -> ProbeSlot {
    unsafeAddress { UnsafePointer(base + Int(slot)) }
    nonmutating unsafeMutableAddress { base + Int(slot) }
  }

  /// The slot of `id`; nil when it is vacant or another's by now.
  func find(_ id: ProbeID) -> Int32? {
    guard id.index < UInt32(count) else { return nil }
    let slot = base[Int(id.index)]
    return slot.stage != .vacant && slot.incarnation == id.incarnation ? Int32(id.index) : nil
  }
}
