package import Health

/// What a follower is told.
package enum LedgerNews: Hashable, Sendable {
  /// How the upstream stands: take it in place of all that was known.
  case snapshot(UpstreamName, LedgerSnapshot)
  /// The ledger does not have the upstream.
  case absent(UpstreamName)
  /// What happened next.
  case event(LedgerEvent)
  /// The ledger cannot be heard or read, and why. A snapshot of each upstream follows when it can.
  case unreachable(LedgerFault)
  /// Some of what happens is not announced to this follower, and why: it is found a little later, by looking.
  case deaf(LedgerFault)
}

/// Which upstreams are followed.
package enum FollowScope: Hashable, Sendable {
  case all
  case only(Set<UpstreamName>)

  func contains(_ upstream: UpstreamName) -> Bool {
    switch self {
    case .all: true
    case .only(let names): names.contains(upstream)
    }
  }
}

extension LedgerStore {
  /// A snapshot of each upstream, then its events, and a new snapshot where events alone would not do: after a
  /// connection that was lost, a gap, another leader, a resync.
  ///
  /// Events come in order, each once, and without a gap between resyncs as far as the ledger has kept them; those
  /// that were missed come before the snapshot that makes up for them. Ends with the reading task.
  ///
  /// - Parameter comparing: how often it looks at the heads by itself: a subscriber of a primary that was deposed
  ///   hears nothing, and no error either.
  package func follow(_ scope: FollowScope, comparing: Duration = .seconds(5)) -> LedgerFollow {
    LedgerFollow(store: self, scope: scope, comparing: comparing)
  }
}

/// `LedgerStore.follow`.
package struct LedgerFollow: AsyncSequence, Sendable {
  package typealias Element = LedgerNews
  package typealias Failure = Never

  let store: any LedgerStore
  let scope: FollowScope
  let comparing: Duration
  let holding: Duration

  package func makeAsyncIterator() -> Iterator {
    let announcements = store.announcements(Listening(events: true, control: true, ticks: comparing))
    return Iterator(
      store: store, scope: scope, holding: holding, announcements: announcements.makeAsyncIterator())
  }

  /// For one task at a time.
  package struct Iterator: AsyncIteratorProtocol {
    /// The rest before a ledger that could not be read is read again; it doubles up to the longest.
    static let shortestRest = Duration.milliseconds(50)
    static let longestRest = Duration.seconds(1)

    let store: any LedgerStore
    let scope: FollowScope
    let holding: Duration
    var announcements: any AsyncIteratorProtocol<LedgerAnnouncement, Never>
    private var progress = FollowProgress()
    private var ready: [LedgerNews] = []
    private var rest = Self.shortestRest
    private var mustRead: MustRead = .nothing
    private var mustCompare = false
    private var hasComplained = false

    private enum MustRead {
      case nothing
      case some(Set<UpstreamName>)
      case all

      mutating func add(_ upstream: UpstreamName) {
        switch self {
        case .nothing: self = .some([upstream])
        case .some(let names): self = .some(names.union([upstream]))
        case .all: break
        }
      }
    }

    init(
      store: any LedgerStore, scope: FollowScope, holding: Duration,
      announcements: any AsyncIteratorProtocol<LedgerAnnouncement, Never>
    ) {
      self.store = store
      self.scope = scope
      self.holding = holding
      self.announcements = announcements
    }

    package mutating func next() async -> LedgerNews? {
      await next(isolation: nil)
    }

    package mutating func next(isolation actor: isolated (any Actor)?) async -> LedgerNews? {
      while true {
        if !ready.isEmpty { return ready.removeFirst() }
        if Task.isCancelled { return nil }
        if case .nothing = mustRead {
          if mustCompare {
            await compare(isolation: actor)
          } else {
            guard let announcement = await announcements.next(isolation: actor) else { return nil }
            hear(announcement)
          }
        } else {
          await read(isolation: actor)
        }
      }
    }

    private mutating func hear(_ announcement: LedgerAnnouncement) {
      switch announcement {
      case .listening, .gap: mustRead = .all
      case .tick: mustCompare = true
      case .deaf(let why): complain(why)
      case .denied(let why): if let why { ready.append(.deaf(why)) }
      case .control(.deleted(let upstream)): if scope.contains(upstream) { mustRead.add(upstream) }
      case .event(let event):
        guard scope.contains(event.upstream) else { return }
        switch progress.judge(event) {
        case .next: ready.append(.event(event))
        case .seen: break
        case .gap, .otherLeader: mustRead.add(event.upstream)
        }
      case .control, .reports: break
      }
    }

    private mutating func complain(_ why: LedgerFault) {
      if !hasComplained { ready.append(.unreachable(why)) }
      hasComplained = true
    }

    /// Reads what must be read. What could not be is read again after a rest, while announcements wait.
    private mutating func read(isolation actor: isolated (any Actor)?) async {
      do throws(LedgerError) {
        for upstream in try await names(isolation: actor) {
          try await read(upstream, isolation: actor)
          if case .some(let names) = mustRead { mustRead = .some(names.subtracting([upstream])) }
        }
        mustRead = .nothing
        rest = Self.shortestRest
        hasComplained = false
      } catch {
        complain(error.fault)
        // News that are ready, and complaints, come before the rest.
        guard ready.isEmpty else { return }
        try? await Task.sleep(for: rest)
        rest = rest * 2 > Self.longestRest ? Self.longestRest : rest * 2
      }
    }

    /// What stands elsewhere than its events told must be read.
    private mutating func compare(isolation actor: isolated (any Actor)?) async {
      mustCompare = false
      do throws(LedgerError) {
        let names = try await allNames(isolation: actor)
        let headReadings = try await store.headReadings(of: names)
        for name in names where !progress.stands(name, at: headReadings[name]?.head) { mustRead.add(name) }
      } catch {
        complain(error.fault)
        mustRead = .all
      }
    }

    private func names(
      isolation actor: isolated (any Actor)?
    ) async throws(LedgerError) -> [UpstreamName] {
      switch mustRead {
      case .nothing: []
      case .some(let names): names.sorted()
      case .all: try await allNames(isolation: actor)
      }
    }

    private func allNames(
      isolation actor: isolated (any Actor)?
    ) async throws(LedgerError) -> [UpstreamName] {
      switch scope {
      case .only(let names): names.sorted()
      case .all: try await progress.upstreams.union(store.upstreams().keys).sorted()
      }
    }

    private mutating func read(
      _ upstream: UpstreamName, isolation actor: isolated (any Actor)?
    ) async throws(LedgerError) {
      guard let snapshot = try await store.snapshot(of: upstream) else {
        progress.forget(upstream)
        return ready.append(.absent(upstream))
      }
      if progress.holds(upstream, against: snapshot.head, at: .now, for: holding) { return }
      // What another branch has under these numbers was not missed; the snapshot makes up for it.
      if let known = progress.position(of: upstream), known.seq < snapshot.head.seq,
        known.relation(of: snapshot.head.position) == .ahead
      {
        let missed = try await store.events(of: upstream, after: known.seq, limit: SharedState.eventsKept)
        for event in missed where event.seq <= snapshot.head.seq { ready.append(.event(event)) }
      }
      progress.stand(upstream, at: snapshot.head)
      ready.append(.snapshot(upstream, snapshot))
    }
  }
}
