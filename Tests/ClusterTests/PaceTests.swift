import Cluster
import Health
import Ledger
import Testing

/// Nothing is repeated without a pause, and each pause is longer than the one before.
@Suite struct PaceTests {
  private static let peers: [PeerName] = [.one, .two]

  /// What the ledger was asked in each second, by the requests that `counts` picks.
  private static func perSecond(
    _ rig: inout ClusterRig, seconds: Int, _ counts: @escaping @Sendable (LedgerRequest) -> Bool
  ) -> [Int] {
    (0..<seconds).map { _ in
      let before = rig.asked.count { counts($0.request) }
      rig.pass(1000)
      return rig.asked.count { counts($0.request) } - before
    }
  }

  private static let kinds: [(RequestKind, @Sendable (LedgerRequest) -> Bool)] = [
    (.lease, { if case .acquire = $0 { true } else { false } }),
    (.renewal, { if case .renew = $0 { true } else { false } }),
    (.commit, { if case .commit = $0 { true } else { false } }),
    (.report, { if case .report = $0 { true } else { false } }),
    (.nodeInfo, { if case .describe = $0 { true } else { false } }),
  ]

  /// The answer is there within a millisecond, and it is no.
  @Test(arguments: Self.kinds.map(\.0)) func whatIsRefusedAtOnceIsAskedEverLessOften(kind: RequestKind) throws
  {
    let picks = try #require(Self.kinds.first { $0.0 == kind }).1
    var rig = ClusterRig.three([.make(.foo, Self.peers)])
    rig.failureMs = 1
    let leader = try #require(rig.leader())
    rig.dead = [.one]
    if kind == .lease { rig.kill(leader) }
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = picks }
    rig.pass(8000)
    let counts = Self.perSecond(&rig, seconds: 10, picks)
    // Three nodes, each at most twice a second by then.
    #expect(counts.allSatisfy { $0 <= 6 }, "\(counts)")
    // And it is not given up.
    #expect(counts.reduce(0, +) >= 1, "\(counts)")
    for name in rig.nodes.keys { rig.nodes[name]?.refuses = { _ in false } }
    #expect(rig.pass(20_000) { $0.stored(.one)?.status == .down && $0.agree() } != nil)
  }

  /// A strange hand writes under the leader's own lease, again and again: the leader finds itself out of step each time.
  @Test func aHeadThatNeverStandsStillIsNotRunAfter() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers)])
    var commits: [Int] = []
    for second in 0..<20 {
      let before = rig.asked.count { if case .commit = $0.request { true } else { false } }
      for step in 0..<20 {
        if let snapshot = rig.shared.snapshot(of: .foo), let lease = rig.lease() {
          let foreign = Commit(
            upstream: .foo, holder: lease.holder, id: "foreign \(second) \(step)",
            expectedSeq: snapshot.head.seq, changes: [.override(.one, .auto, by: "x", why: "", rev: 1)])
          rig.perform(.commit(foreign))
        }
        // Something is there to be decided all the time.
        rig.dead = step % 2 == 0 ? [.one] : []
        rig.pass(ClusterRig.stepMs)
      }
      commits.append(rig.asked.count { if case .commit = $0.request { true } else { false } } - before)
    }
    #expect(commits.dropFirst(5).allSatisfy { $0 <= 4 }, "\(commits)")
    rig.dead = [.one]
    // Left alone it is in step again.
    #expect(rig.pass(20_000) { $0.stored(.one)?.status == .down && $0.agree() } != nil)
  }

  /// What is written is lost again as soon as it is there.
  @Test func aHeadThatIsLostAllTheTimeIsWrittenEverLessOften() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers)])
    var commits: [Int] = []
    for _ in 0..<20 {
      let before = rig.asked.count { if case .commit = $0.request { true } else { false } }
      for step in 0..<20 {
        rig.shared.lose(.of(.foo, .head))
        rig.dead = step % 4 < 2 ? [.one] : []
        rig.pass(ClusterRig.stepMs)
      }
      commits.append(rig.asked.count { if case .commit = $0.request { true } else { false } } - before)
    }
    #expect(commits.dropFirst(5).allSatisfy { $0 <= 4 }, "\(commits)")
    rig.dead = []
    #expect(rig.pass(20_000) { $0.shared.snapshot(of: .foo) != nil && $0.agree() } != nil)
  }

  @Test func refusalsInARowAreOneLineAndTheirEndAnother() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers)])
    rig.failureMs = 1
    rig.fault = LedgerFault(.outOfMemory, "OOM")
    let leader = try #require(rig.leader())
    rig.nodes[leader]?.refuses = { if case .commit = $0 { true } else { false } }
    rig.dead = [.one]
    rig.pass(15_000)
    let lines = { (rig: ClusterRig) in
      (rig.nodes[leader]?.lines ?? []).filter {
        switch $0 {
        case .backsOff(.foo, .commit, times: 5, "OOM"), .backsOffNoMore(.foo, .commit): true
        case .backsOff, .backsOffNoMore: false
        default: false
        }
      }
    }
    #expect(lines(rig).count == 1, "\(rig.nodes[leader]?.lines ?? [])")
    let counts = rig.nodes[leader]?.views[.foo]?.retries.first { $0.kind == .commit }
    #expect(counts?.isBackingOff == true && counts?.total ?? 0 >= 5)
    rig.nodes[leader]?.refuses = { _ in false }
    rig.pass(20_000)
    #expect(lines(rig).count == 2)
    #expect(rig.nodes[leader]?.views[.foo]?.retries.contains { $0.isBackingOff } == false)
  }

  /// However many upstreams are refused at once, the node repeats no more than its limit.
  @Test func aNodeHasALimitForAllThatItRepeats() {
    var rig = MachineRig()
    rig.holdsAnswers = true
    let upstreams = (0..<2000).map { UpstreamName("u\($0)") ?? .foo }
    rig.handle(.configured(upstreams.map { .make($0, [.one]) }))
    let first = rig.requests.count
    #expect(first == 2000)
    for _ in 0..<100 {
      while !rig.held.isEmpty { rig.deliver(.unreachable) }
      rig.pass(100)
    }
    let repeated = rig.requests.count - first
    #expect(repeated <= 1000 + 500 * 10, "\(repeated)")
    #expect(repeated >= 4000, "\(repeated)")
  }

  /// One of two upstreams cannot be read: after a loss the node is fresh all the same, and shows that one as stale by itself.
  @Test func whatCannotBeReadIsStaleByItself() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers), .make(.bar, Self.peers)])
    rig.failureMs = 1
    let nodes = rig.nodes.keys.sorted()
    rig.cutLedger(nodes)
    rig.pass(3000)
    #expect(nodes.allSatisfy { rig.nodes[$0]?.isStale == true })
    rig.fault = LedgerFault(.tooLarge, "too large")
    for name in nodes { rig.nodes[name]?.cannotRead = [.bar] }
    rig.healLedger(nodes)
    let isApart = { (rig: ClusterRig) in
      nodes.allSatisfy { name in
        rig.nodes[name]?.isStale == false && rig.nodes[name]?.views[.foo]?.trouble == nil
          && rig.nodes[name]?.views[.bar]?.trouble?.fault == rig.fault
      }
    }
    #expect(rig.pass(3000, until: isApart) != nil)
    // The other one goes on.
    rig.pass(8000)
    rig.dead = [.one]
    rig.pass(10_000)
    #expect(nodes.allSatisfy { rig.record(.one, on: $0)?.status == .down })
    for name in nodes { rig.nodes[name]?.cannotRead = [] }
    #expect(
      rig.pass(10_000) { rig in nodes.allSatisfy { rig.nodes[$0]?.views[.bar]?.trouble == nil } } != nil)
    #expect(rig.pass(10_000) { $0.agree(on: .bar) } != nil)
  }

  /// It was asked for before the lease, on another way than that, and comes after it: a leader does not go by it.
  @Test func aReadingFromBeforeTheLeaseIsNotUsed() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers)])
    let leader = try #require(rig.leader())
    for name in rig.nodes.keys { rig.nodes[name]?.readingMs = 3000 }
    // All others are reading when the leader ends, and one of them leads before its answer is there.
    rig.hear(.gap, "a")
    rig.hear(.gap, "b")
    rig.hear(.gap, "c")
    rig.pass(200)
    rig.dead = [.one]
    rig.pass(4000)
    rig.stop(leader)
    rig.pass(500)
    for name in rig.nodes.keys { rig.nodes[name]?.readingMs = 1 }
    #expect(rig.pass(20_000) { $0.stored(.one)?.status == .down && $0.agree() } != nil)
    #expect(!rig.events().dropFirst().contains { $0.change == .resync })
  }
}
