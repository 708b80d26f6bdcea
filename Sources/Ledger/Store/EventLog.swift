/// The last events of an upstream, in order, up to a number.
struct EventLog: Sendable {
  private let kept: Int
  private var entries: [LedgerEvent] = []
  private var first = 0

  init(keeping kept: Int) {
    self.kept = kept
  }

  mutating func append(_ event: LedgerEvent) {
    entries.append(event)
    guard entries.count - first > kept else { return }
    first += 1
    // Cut in one go, so that an append stays cheap.
    if first > kept / 4 {
      entries.removeFirst(first)
      first = 0
    }
  }

  /// The highest number given out; 0: none.
  var top: UInt64 { entries.last?.seq ?? 0 }

  func after(_ seq: UInt64, limit: Int) -> [LedgerEvent] {
    let live = entries[first...]
    var low = live.startIndex
    var high = live.endIndex
    while low < high {
      let middle = (low + high) / 2
      if live[middle].seq > seq { high = middle } else { low = middle + 1 }
    }
    return Array(live[low...].prefix(max(limit, 0)))
  }
}
