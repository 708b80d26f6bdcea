/// When upstreams have something to do: a heap by time. One may be in it more than once.
struct Agenda: Sendable {
  private struct Entry: Sendable {
    var atMs: Int64
    var number: Int
  }

  private var heap: [Entry] = []

  mutating func put(_ number: Int, at ms: Int64) {
    guard ms != .max else { return }
    heap.append(Entry(atMs: ms, number: number))
    rise(from: heap.count - 1)
  }

  /// Takes out the earliest; nil: there is none up to this moment.
  mutating func popFirst(until nowMs: Int64) -> (number: Int, atMs: Int64)? {
    guard let first = heap.first, first.atMs <= nowMs else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty { sink(last) }
    return (first.number, first.atMs)
  }

  private mutating func rise(from start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].atMs < heap[parent].atMs else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  /// Puts an entry in the place of the first one, and then where it belongs.
  private mutating func sink(_ entry: Entry) {
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].atMs < heap[child].atMs { child += 1 }
      guard heap[child].atMs < entry.atMs else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = entry
  }
}
