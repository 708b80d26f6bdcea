/// Sockets that read the rest of an answer, in the order of their deadlines: each has as long as any other.
struct PartingQueue {
  private struct Entry {
    var socket: Int32
    var untilMs: Int64
  }

  private var entries: [Entry] = []
  private var first = 0

  mutating func add(_ socket: Int32, untilMs: Int64) {
    if first == entries.count {
      entries.removeAll(keepingCapacity: entries.capacity <= 4096)
      first = 0
    }
    entries.append(Entry(socket: socket, untilMs: untilMs))
  }

  /// The next one, and whose deadline that was.
  var next: (socket: Int32, untilMs: Int64)? {
    first < entries.count ? (entries[first].socket, entries[first].untilMs) : nil
  }

  mutating func removeNext() {
    first += 1
    guard first > 1024, first * 2 > entries.count else { return }
    entries.removeFirst(first)
    first = 0
  }
}
