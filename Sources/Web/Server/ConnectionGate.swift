import Synchronization

/// Counts connections, and decides who is served when there are too many.
///
/// Past `limit` the connection that has been idle for longest makes room. Where none is idle, `reserve` more are let in
/// for the paths that must answer always; past those a connection is refused.
final class ConnectionGate: Sendable {
  enum Admission: Hashable, Sendable {
    case served
    /// Served on the paths of `Route.isVital` alone, and one request only.
    case reserved
    /// Told 503 and closed.
    case refused
    /// Closed without a word: even refusals are too many.
    case dropped
  }

  /// What a connection is doing, as far as it decides who makes room.
  enum Activity: Int, Hashable, Sendable {
    /// It has been answered, and nothing of another request has come.
    case idle
    /// It was opened, and nothing has come at all.
    case silent
    /// A request is under way: never cut.
    case busy
  }

  /// Connections for the vital paths, beyond the limit.
  static let reserve = 16

  private struct Entry: Sendable {
    var admission: Admission
    var activity: Activity
    /// Grows with each change: the lowest of one activity has lasted longest.
    var since: UInt64
    /// It was asked to make room.
    var isLeaving = false
    var makeRoom: @Sendable () -> Void
  }

  private struct State: Sendable {
    var entries: [UInt64: Entry] = [:]
    var last: UInt64 = 0

    func count(_ admission: Admission) -> Int {
      entries.values.count { $0.admission == admission && !$0.isLeaving }
    }
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: connections that are served everything.
  init(limit: Int) {
    self.limit = limit
  }

  /// A new connection, which is silent at first.
  ///
  /// - Parameter makeRoom: closes it unless a request is under way by then; called on any thread.
  func enter(makeRoom: @escaping @Sendable () -> Void) -> (number: UInt64, admission: Admission) {
    let (number, admission, leaving) = state.withLock {
      state -> (UInt64, Admission, [@Sendable () -> Void]) in
      let leaving = Self.leaving(&state, limit: limit)
      let admission = Self.admission(state, limit: limit)
      state.last += 1
      state.entries[state.last] = Entry(
        admission: admission, activity: .silent, since: state.last, makeRoom: makeRoom)
      return (state.last, admission, leaving)
    }
    for makeRoom in leaving { makeRoom() }
    return (number, admission)
  }

  /// Whoever has to go so that one more can come in.
  private static func leaving(_ state: inout State, limit: Int) -> [@Sendable () -> Void] {
    let served = resting(&state, .served, most: state.count(.served) + 1 - limit)
    guard state.count(.served) >= limit else { return served }
    return served + resting(&state, .reserved, most: state.count(.reserved) + 1 - reserve)
  }

  /// Marks up to so many that have no request under way, the idle ones first, each by how long.
  private static func resting(
    _ state: inout State, _ admission: Admission, most: Int
  ) -> [@Sendable () -> Void] {
    guard most > 0 else { return [] }
    let resting = state.entries.filter {
      $0.value.admission == admission && $0.value.activity != .busy && !$0.value.isLeaving
    }
    let order = resting.sorted {
      ($0.value.activity.rawValue, $0.value.since) < ($1.value.activity.rawValue, $1.value.since)
    }
    return order.prefix(most).map { number, entry in
      state.entries[number]?.isLeaving = true
      return entry.makeRoom
    }
  }

  private static func admission(_ state: State, limit: Int) -> Admission {
    if state.count(.served) < limit { return .served }
    if state.count(.reserved) < reserve { return .reserved }
    // Those who leave are still here for a moment.
    return state.entries.count < 2 * limit + reserve ? .refused : .dropped
  }

  /// What a connection does now. It is busy again although it was asked to leave: its request came first.
  func note(_ activity: Activity, of number: UInt64) {
    state.withLock { state in
      state.last += 1
      state.entries[number]?.activity = activity
      state.entries[number]?.since = state.last
      if activity == .busy { state.entries[number]?.isLeaving = false }
    }
  }

  func leave(_ number: UInt64) {
    state.withLock { _ = $0.entries.removeValue(forKey: number) }
  }
}
