/// What is going to happen, in order of time; what comes at the same moment, in the order it was put in.
struct EventQueue<Event> {
  private struct Entry {
    var atUs: Int64
    var number: UInt64
    var slot: Int

    func comes(before other: Entry) -> Bool {
      atUs != other.atUs ? atUs < other.atUs : number < other.number
    }
  }

  /// A heap of small entries: events are large, and stay where they are.
  private var heap: [Entry] = []
  private var slots: [Event?] = []
  private var vacant: [Int] = []
  private var count: UInt64 = 0

  mutating func put(_ event: Event, atUs: Int64) {
    let slot: Int
    if let free = vacant.popLast() {
      slot = free
      slots[slot] = event
    } else {
      slot = slots.count
      slots.append(event)
    }
    count += 1
    heap.append(Entry(atUs: atUs, number: count, slot: slot))
    rise()
  }

  var nextUs: Int64? { heap.first?.atUs }

  mutating func popFirst() -> Event? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { sink(last) }
    vacant.append(first.slot)
    return slots[first.slot].take()
  }

  /// Puts the last entry where it belongs.
  private mutating func rise() {
    var index = heap.count - 1
    let entry = heap[index]
    while index > 0 {
      let parent = (index - 1) / 2
      guard entry.comes(before: heap[parent]) else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = entry
  }

  /// Puts an entry in the place of the first one, and then where it belongs.
  private mutating func sink(_ entry: Entry) {
    heap.withUnsafeMutableBufferPointer { heap in
      var index = 0
      while true {
        var child = 2 * index + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, heap[child + 1].comes(before: heap[child]) { child += 1 }
        guard heap[child].comes(before: entry) else { break }
        heap[index] = heap[child]
        index = child
      }
      heap[index] = entry
    }
  }
}
