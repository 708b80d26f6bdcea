/// Sockets that read the rest of an answer, in the order of their deadlines: each has as long as any other.
struct PartingQueue {
  private struct Place {
    var socket: Int32
    var untilMs: Int64
  }

  private var places: [Place] = []
  private var first = 0

  mutating func add(_ socket: Int32, untilMs: Int64) {
    if first == places.count {
      places.removeAll(keepingCapacity: places.capacity <= 4096)
      first = 0
    }
    places.append(Place(socket: socket, untilMs: untilMs))
  }

  /// The next one, and whose deadline that was.
  var next: (socket: Int32, untilMs: Int64)? {
    first < places.count ? (places[first].socket, places[first].untilMs) : nil
  }

  mutating func removeNext() {
    first += 1
    guard first > 1024, first * 2 > places.count else { return }
    places.removeFirst(first)
    first = 0
  }
}
