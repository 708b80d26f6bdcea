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
    rise(from: heap.count - 1)
  }

  var nextUs: Int64? { heap.first?.atUs }

  mutating func take() -> Event? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    defer {
      slots[first.slot] = nil
      vacant.append(first.slot)
    }
    return slots[first.slot]
  }

  private mutating func rise(from start: Int) {
    var place = start
    while place > 0 {
      let parent = (place - 1) / 2
      guard heap[place].comes(before: heap[parent]) else { return }
      heap.swapAt(place, parent)
      place = parent
    }
  }

  private mutating func sink() {
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && heap[child].comes(before: heap[least]) {
        least = child
      }
      guard least != place else { return }
      heap.swapAt(place, least)
      place = least
    }
  }
}
