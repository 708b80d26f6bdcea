import Health
import Ledger
import Synchronization

/// Reads the events of all upstreams from the ledger, once for all who follow them over HTTP.
///
/// The board tells when there are some: it is fed by the one follower that each node has anyway. Without news nothing
/// is asked of the ledger, and however many follow, each event is read once.
final class EventFeed: Sendable {
  /// Events in one question to the ledger.
  static let pageSize = 1000
  /// Between two signs of life on a silent stream, so that both ends notice a connection that is gone.
  static let beat = Duration.seconds(15)
  /// Before the ledger is asked again after it could not be read.
  static let rest = Duration.seconds(1)
  /// Between two looks at a board that changes all the time.
  static let pace = Duration.milliseconds(20)

  enum Signal: Sendable {
    case news, beat
  }

  /// A place among the readers; given up when it is let go of.
  struct Seat: Sendable {
    let signals: AsyncStream<Signal>
    /// Where the log ended then, and where each upstream stood.
    let position: UInt64
    let seqs: [UpstreamName: UInt64]
  }

  private struct State: Sendable {
    var log = FeedLog()
    var readers: [UInt64: AsyncStream<Signal>.Continuation] = [:]
    var last: UInt64 = 0
    var isClosed = false
    var order: [UpstreamName] = []
    var isStale = false
    /// Somebody has followed since the start: before that nobody has an id of this run, and nobody misses an event.
    var isFollowed = false
  }

  /// Tells positions of this start of the program from those of any other.
  let run = String(UInt64.random(in: 0...UInt64.max), radix: 36)
  private let board: Board
  private let store: any LedgerStore
  private let state: Mutex<State>
  /// Streams at once; more are refused.
  let mostReaders: Int

  init(
    board: Board, store: any LedgerStore, readers mostReaders: Int = 128, keeping kept: Int = FeedLog.kept
  ) {
    self.board = board
    self.store = store
    self.mostReaders = mostReaders
    state = Mutex(State(log: FeedLog(keeping: kept)))
  }

  /// Reads until it is cancelled; then every stream ends.
  func follow() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while (try? await Task.sleep(for: Self.beat)) != nil { self.signal(.beat) }
      }
      var unread: Set<UpstreamName> = []
      for await _ in board.changes() {
        while await !look(&unread), !Task.isCancelled { try? await Task.sleep(for: Self.rest) }
        try? await Task.sleep(for: Self.pace)
      }
      group.cancelAll()
    }
    close()
  }

  // MARK: Reading

  /// Reads what the board tells of. False: not all of it could be read, and the next look tries again.
  ///
  /// - Parameter unread: those that have moved on and could not be read.
  private func look(_ unread: inout Set<UpstreamName>) async -> Bool {
    // Of thousands of upstreams few have moved between two looks.
    let moved = board.takeMoved().union(unread)
    unread = []
    let board = board.current
    keep(only: board.order)
    for name in moved {
      guard let head = board[name]?.head else { continue }
      switch state.withLock({ $0.log.step(name, to: head) }) {
      case .nothing: break
      case .stand: stand(name, at: head)
      case .read(let seq):
        if !state.withLock({ $0.isFollowed }) {
          stand(name, at: head)
        } else if await !read(name, after: seq, to: head) {
          unread.insert(name)
        }
      }
    }
    note(isStale: board.stale)
    return unread.isEmpty
  }

  private func stand(_ upstream: UpstreamName, at head: Head) {
    state.withLock { $0.log.stand(upstream, at: head) }
    signal(.news)
  }

  private func keep(only order: [UpstreamName]) {
    state.withLock { state in
      guard state.order != order else { return }
      state.order = order
      state.log.keep(only: Set(order))
    }
  }

  private func read(_ upstream: UpstreamName, after seq: UInt64, to head: Head) async -> Bool {
    var seq = seq
    while seq < head.seq {
      guard let events = try? await self.events(of: upstream, after: seq) else { return false }
      guard let last = events.last else {
        // The ledger has kept nothing up to where the upstream stands.
        stand(upstream, at: head)
        break
      }
      state.withLock { state in
        for event in events { state.log.append(event) }
      }
      signal(.news)
      seq = last.seq
    }
    return true
  }

  /// Readers are told of it; and who could not read the ledger while it was away tries again.
  private func note(isStale: Bool) {
    let isNew = state.withLock { state in
      defer { state.isStale = isStale }
      return state.isStale != isStale
    }
    if isNew { signal(.news) }
  }

  /// Whether the board shows a stale consensus.
  var isStale: Bool { state.withLock { $0.isStale } }

  func events(of upstream: UpstreamName, after seq: UInt64) async throws(LedgerError) -> [LedgerEvent] {
    try await store.events(of: upstream, after: seq, limit: Self.pageSize)
  }

  /// Where the upstream stands in the ledger; 0: it is not there. Nil: the ledger cannot be read.
  func seq(of upstream: UpstreamName) async -> UInt64? {
    do throws(LedgerError) {
      return try await store.head(of: upstream)?.seq ?? 0
    } catch {
      return nil
    }
  }

  // MARK: Readers

  /// Nil: there are as many as there may be, or the program ends.
  func join() -> Seat? {
    let (signals, continuation) = AsyncStream.makeStream(
      of: Signal.self, bufferingPolicy: .bufferingNewest(1))
    continuation.yield(.news)
    let joined = state.withLock { state -> (number: UInt64, seat: Seat)? in
      guard !state.isClosed, state.readers.count < mostReaders else { return nil }
      state.last += 1
      state.isFollowed = true
      state.readers[state.last] = continuation
      return (state.last, Seat(signals: signals, position: state.log.end, seqs: state.log.seqs))
    }
    guard let (number, seat) = joined else { return nil }
    // The seat must not be held here: letting go of it is what ends the stream.
    continuation.onTermination = { [weak self] _ in self?.leave(number) }
    return seat
  }

  private func leave(_ number: UInt64) {
    // Ended outside the lock: the end of a stream calls back.
    _ = state.withLock { $0.readers.removeValue(forKey: number) }
  }

  private func signal(_ signal: Signal) {
    state.withLock { state in
      for reader in state.readers.values { reader.yield(signal) }
    }
  }

  private func close() {
    let readers = state.withLock { state in
      state.isClosed = true
      defer { state.readers = [:] }
      return state.readers
    }
    for reader in readers.values { reader.finish() }
  }

  /// What readers read.
  func withLog<Result: Sendable>(_ body: (FeedLog) -> Result) -> Result { state.withLock { body($0.log) } }
}
