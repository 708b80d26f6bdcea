import Dispatch
import Synchronization

/// A row of seeds that several threads take from.
struct Seeds {
  let from: UInt64
  let count: UInt64

  /// - Parameter body: takes one seed; false: no further ones are wanted. Called on several threads at once.
  func share(among threads: Int, _ body: @Sendable (UInt64) -> Bool) {
    let next = Atomic<UInt64>(from)
    let isOver = Atomic<Bool>(false)
    let end = from + count
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while !isOver.load(ordering: .relaxed) {
        let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard seed < end else { return }
        if !body(seed) { isOver.store(true, ordering: .relaxed) }
      }
    }
  }
}
