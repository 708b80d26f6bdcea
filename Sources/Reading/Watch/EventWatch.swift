import Health
package import Ledger

/// Tells every event of some upstreams, from now on or from a number on, whatever happens to the ledger meanwhile.
package struct EventWatch: Sendable {
  package enum Told: Hashable, Sendable {
    case event(LedgerEvent)
    /// A sentence for people.
    case note(String)
  }

  /// False: nobody listens any more.
  package typealias Listener = @Sendable (Told) -> Bool

  /// The rest before what is missing is asked for again.
  private static let rest = Duration.milliseconds(500)
  /// Names in a note.
  private static let namesTold = 10

  private let store: any LedgerStore
  private let scope: FollowScope
  private let after: UInt64?
  private let listener: Listener
  private var progress = WatchProgress(old: [])
  private var known: [UpstreamName] = []
  /// Of which nothing was heard yet.
  private var awaited: Set<UpstreamName> = []
  /// Said not to be there.
  private var absent: Set<UpstreamName> = []
  private var deafness: LedgerFault?
  private var isAway = false
  private var isHeard = true

  /// - Parameters:
  ///   - after: events after this number are told first; of one upstream only.
  ///   - listener: called for one thing at a time.
  package init(
    _ store: any LedgerStore, _ scope: FollowScope, after: UInt64? = nil, listener: @escaping Listener
  ) {
    self.store = store
    self.scope = scope
    self.after = after
    self.listener = listener
  }

  /// Returns when its task is cancelled, or nobody listens.
  ///
  /// - Throws: when the ledger cannot be read at the beginning.
  package mutating func run() async throws(LedgerError) {
    known = try await store.upstreams().keys.sorted()
    progress = WatchProgress(old: Set(known))
    if let after, case .only(let names) = scope {
      for name in names { progress.begin(name, after: after) }
    }
    awaited = scope.names(of: known)
    let first = awaited
    if first.isEmpty { note("there are no upstreams in Redis yet; they are followed once there are") }
    for await news in store.follow(scope) {
      await hear(news)
      if !isHeard { return }
      if let upstream = news.upstream, awaited.remove(upstream) != nil, awaited.isEmpty {
        note("watching \(first.count == 1 ? upstream.text : Words.count(first.count, "upstream"))")
      }
    }
  }

  private mutating func hear(_ news: LedgerNews) async {
    switch news {
    case .event(let event): if progress.accept(event) { tell(.event(event)) }
    case .snapshot(let upstream, let snapshot):
      isBack()
      absent.remove(upstream)
      await fill(upstream, snapshot.head)
    case .absent(let upstream):
      isBack()
      progress.miss(upstream)
      guard absent.insert(upstream).inserted else { return }
      note(
        "there is no upstream \(upstream) in Redis now; it is followed once there is one\(others(upstream))")
    case .unreachable(let why):
      isAway = true
      note("Redis cannot be read: \(Plain.text("\(why)")); will go on by itself")
    case .deaf(let why):
      guard why != deafness else { return }
      deafness = why
      note("not everything is heard at once: \(Plain.text("\(why)")); it is found a few seconds later")
    }
  }

  private mutating func isBack() {
    if isAway { note("Redis is read again") }
    isAway = false
  }

  private func others(_ upstream: UpstreamName) -> String {
    let others = known.filter { $0 != upstream }
    guard !known.contains(upstream), !others.isEmpty else { return "" }
    let rest = others.count > Self.namesTold ? " and others" : ""
    return "; there are \(others.prefix(Self.namesTold).map(\.text).joined(separator: ", "))\(rest)"
  }

  private mutating func fill(_ upstream: UpstreamName, _ head: Head) async {
    if let after, head.seq < after, !progress.hasStood(upstream) {
      note("\(upstream) stands at \(head.seq): there is nothing after \(after) yet")
    }
    guard let start = progress.gap(upstream, head) else { return }
    while !Task.isCancelled {
      do throws(LedgerError) {
        let events = try await store.events(of: upstream, after: start, limit: SharedState.eventsKept)
        return tell(progress.fill(upstream, head, events), of: upstream)
      } catch {
        // The follower says that the ledger is away; here it is only asked again.
        try? await Task.sleep(for: Self.rest)
      }
    }
  }

  private mutating func tell(_ fill: WatchProgress.Fill, of upstream: UpstreamName) {
    if let lost = fill.lost {
      let numbers =
        lost.count == 1 ? "event \(lost.lowerBound)" : "events \(lost.lowerBound) to \(lost.upperBound)"
      note("\(numbers) of \(upstream) can no longer be had: Redis does not keep them")
    }
    for event in fill.events { tell(.event(event)) }
  }

  private mutating func note(_ sentence: String) { tell(.note(sentence)) }

  private mutating func tell(_ told: Told) {
    if isHeard { isHeard = listener(told) }
  }
}

extension FollowScope {
  fileprivate func names(of all: [UpstreamName]) -> Set<UpstreamName> {
    switch self {
    case .all: Set(all)
    case .only(let names): names
    }
  }
}

extension LedgerNews {
  fileprivate var upstream: UpstreamName? {
    switch self {
    case .snapshot(let name, _), .absent(let name): name
    case .event(let event): event.upstream
    case .unreachable, .deaf: nil
    }
  }
}
