import Health
import Ledger
import LedgerTestKit
import Redis
import Testing

@Suite(.timeLimit(.minutes(5))) struct FollowContractTests {
  @Test(arguments: LedgerKind.allCases)
  func aFollowerGetsASnapshotThenEvents(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let down = [LedgerContract.transition(to: .down)]
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: down)))
    var news = contract.store.follow(.only([LedgerContract.upstream])).makeAsyncIterator()
    guard case .snapshot(_, let snapshot) = await news.next() else { throw ContractBroken("no snapshot") }
    #expect(snapshot.head.seq == 1)
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 2, seq: 1, changes: down + down)))
    for seq in [2, 3] as [UInt64] {
      guard case .event(let event) = await news.next() else { throw ContractBroken("no event") }
      #expect(event.seq == seq)
    }
  }

  @Test(arguments: LedgerKind.allCases)
  func anotherLeaderOrAResyncBringsASnapshot(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let first = try await contract.lease("a")
    let down = [LedgerContract.transition(to: .down)]
    _ = try await contract.ask(.commit(contract.commit(first, counter: 1, seq: 0, changes: down)))
    var news = contract.store.follow(.only([LedgerContract.upstream])).makeAsyncIterator()
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    _ = try await contract.ask(.release(LedgerContract.upstream, first.holder))
    let second = try await contract.lease("b")
    _ = try await contract.ask(.commit(contract.commit(second, counter: 1, seq: 1, changes: down)))
    guard case .event(let event) = await news.next(), event.seq == 2 else {
      throw ContractBroken("no event 2")
    }
    guard case .snapshot(_, let other) = await news.next() else { throw ContractBroken("no other snapshot") }
    #expect(other.head.run == "r1" && other.head.leader == "b")
    _ = try await contract.ask(.commit(contract.commit(second, counter: 2, seq: 2, changes: [.resync])))
    guard case .event(let resync) = await news.next(), resync.change == .resync else {
      throw ContractBroken("no resync")
    }
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot after the resync") }
    _ = try await contract.ask(.delete(LedgerContract.upstream, second.holder))
    #expect(await news.next() == .absent(LedgerContract.upstream))
  }

  /// Redis has lost what it granted, and its clock has gone back.
  @Test func anotherRunOfTheSameTermBringsASnapshot() async throws {
    let rig = try await ScriptRig()
    let contract = rig.contract
    let first = try await contract.lease("a")
    let down = [LedgerContract.transition(to: .down)]
    _ = try await contract.ask(.commit(contract.commit(first, counter: 1, seq: 0, changes: down)))
    var news = contract.store.follow(.only([LedgerContract.upstream])).makeAsyncIterator()
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    let second = Lease(holder: LeaseHolder(term: first.holder.term, node: "b", run: "r2"), beat: 1)
    _ = try await rig.redis("SET", "quorate:{test:foo.com}:lease", second.text, "PX", "500000")
    // With the next number, and all the same not the next event.
    _ = try await contract.ask(.commit(contract.commit(second, counter: 1, seq: 1, changes: down)))
    guard case .snapshot(_, let other) = await news.next() else { throw ContractBroken("no other snapshot") }
    #expect(other.head.position == Position(term: first.holder.term, run: "r2", seq: 2))
    _ = try await contract.ask(.commit(contract.commit(second, counter: 2, seq: 2, changes: down)))
    guard case .event(let event) = await news.next() else { throw ContractBroken("no event") }
    #expect(event.position == Position(term: first.holder.term, run: "r2", seq: 3))
  }

  /// A replica that lacks the last commit takes over: what it tells is behind what was told.
  @Test(arguments: [true, false]) func whatWasLostIsNoNewsUntilItIsToldAgain(isToldAgain: Bool) async throws {
    let rig = try await ScriptRig()
    let contract = rig.contract
    let lease = try await contract.lease("a")
    let down = [LedgerContract.transition(to: .down)]
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: down)))
    let key = "quorate:{test:foo.com}:head"
    let before = try await rig.redis("HGETALL", key).elements.map { $0.string ?? "" }
    var news = contract.store.follow(
      .only([LedgerContract.upstream]), comparing: .milliseconds(20),
      holding: isToldAgain ? .seconds(600) : .milliseconds(100)
    ).makeAsyncIterator()
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 2, seq: 1, changes: down)))
    guard case .event = await news.next() else { throw ContractBroken("no event") }
    _ = try await rig.client.send(RedisCommand("HSET", arguments: [key] + before))
    if isToldAgain {
      async let isTold: Void = Self.tellAgain(rig, lease)
      var told = await news.next()
      // By looking it may have been quicker than by hearing.
      while case .snapshot(_, let snapshot) = told, snapshot.head.seq == 2 { told = await news.next() }
      guard case .event(let resync) = told else { throw ContractBroken("it went back: \(told as Any)") }
      #expect(resync.change == .resync)
      try await isTold
    } else {
      var told = await news.next()
      while case .snapshot(_, let snapshot) = told, snapshot.head.seq == 2 { told = await news.next() }
      guard case .snapshot(_, let snapshot) = told else { throw ContractBroken("no snapshot") }
      #expect(snapshot.head.seq == 1, "nobody is left who knows better")
    }
  }

  /// Once the follower has read what is left several times.
  private static func tellAgain(_ rig: ScriptRig, _ lease: Lease) async throws {
    let scripts = { () async throws -> Int in
      let stats = try await rig.redis("INFO", "commandstats").string ?? ""
      let line = stats.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:calls=") }
      return line.flatMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }) } ?? 0
    }
    let before = try await scripts()
    while try await scripts() < before + 5 { await Task.yield() }
    _ = try await rig.contract.ask(.release(LedgerContract.upstream, lease.holder))
    let second = try await rig.contract.lease("b")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(second, counter: 1, seq: 2, changes: [.resync])))
  }

  @Test(arguments: LedgerKind.allCases)
  func whoFollowsAllMeetsNewUpstreams(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let definition = UpstreamDefinition(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp), peers: [])
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, definition: definition)))
    var news = contract.store.follow(.all).makeAsyncIterator()
    guard case .snapshot(LedgerContract.upstream, _) = await news.next() else {
      throw ContractBroken("the index was not followed")
    }
    let other = UpstreamName("bar").unsafelyKnown
    let bid = LeaseBid(upstream: other, node: "a", run: "r1", highestTerm: 0, forMs: LedgerContract.leaseMs)
    guard case .granted(let second, _) = try await contract.ask(.acquire(bid)) else {
      throw ContractBroken("no lease")
    }
    let commit = Commit(upstream: other, holder: second.holder, id: "c", expectedSeq: 0, changes: [.resync])
    _ = try await contract.ask(.commit(commit))
    guard case .snapshot(other, _) = await news.next() else { throw ContractBroken("a new one was not met") }
  }

  /// A subscriber of a primary that was deposed gets no error, and hears nothing.
  @Test(arguments: LedgerKind.allCases)
  func aFollowerThatHearsNothingLooksAtTheHeads(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let deaf = DeafLedger(inner: contract.store)
    var news = deaf.follow(.all, comparing: .milliseconds(10)).makeAsyncIterator()
    let lease = try await contract.lease("a")
    let definition = UpstreamDefinition(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp), peers: [])
    let first = contract.commit(lease, counter: 1, seq: 0, changes: [.resync], definition: definition)
    _ = try await contract.ask(.commit(first))
    try await contract.letTick()
    guard case .snapshot(_, let snapshot) = await news.next(), snapshot.head.seq == 1 else {
      throw ContractBroken("a new upstream was not met")
    }
    let down = [LedgerContract.transition(to: .down)]
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 2, seq: 1, changes: down)))
    try await contract.letTick()
    guard case .event(let event) = await news.next(), event.seq == 2 else { throw ContractBroken("no event") }
    guard case .snapshot(_, let second) = await news.next(), second.head.seq == 2 else {
      throw ContractBroken("no second snapshot")
    }
    // Nothing happened, so nothing is told before the next thing that does.
    for _ in 0..<5 { try await contract.letTick() }
    _ = try await contract.ask(.delete(LedgerContract.upstream, lease.holder))
    try await contract.letTick()
    #expect(await news.next() == .absent(LedgerContract.upstream))
  }

  @Test(arguments: LedgerKind.allCases)
  func standingsAreReadTogether(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    var expected: [UpstreamName: HeadReading] = [:]
    for number in 1...5 {
      let upstream = UpstreamName("u\(number)").unsafelyKnown
      let bid = LeaseBid(
        upstream: upstream, node: "a", run: "r1", highestTerm: 0, forMs: LedgerContract.leaseMs)
      guard case .granted(let lease, _) = try await contract.ask(.acquire(bid)) else {
        throw ContractBroken("no lease")
      }
      // The last one is led, and nothing was decided.
      expected[upstream] = HeadReading(lease: lease)
      if number == 5 { continue }
      let changes = Array(repeating: LedgerEvent.Change.resync, count: number)
      _ = try await contract.ask(
        .commit(
          Commit(upstream: upstream, holder: lease.holder, id: "c", expectedSeq: 0, changes: changes)))
      expected[upstream]?.head = try await contract.store.head(of: upstream)
    }
    let asked = (0...5).map { UpstreamName("u\($0)").unsafelyKnown }
    #expect(try await contract.store.headReadings(of: asked) == expected)
    #expect(expected.values.compactMap(\.head?.seq).sorted() == [1, 2, 3, 4])
    #expect(try await contract.store.headReadings(of: []) == [:])
  }

  @Test(arguments: LedgerKind.allCases)
  func listenersHearReportsAndControl(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let wanted = Listening(control: true, reports: [LedgerContract.upstream])
    var heard = contract.store.announcements(wanted).makeAsyncIterator()
    #expect(await heard.next(isolation: nil) == .listening)
    let batch = ReportBatch(
      upstream: LedgerContract.upstream, node: "a", run: "r", rev: 1, isWhole: true,
      reports: [LedgerContract.peer: Report(state: .down, micros: 17)], removed: [PeerName("x:1")])
    _ = try await contract.ask(.report(batch, forMs: 1000))
    #expect(await heard.next(isolation: nil) == .reports(batch))
    let order = OverrideRequest(
      upstream: LedgerContract.upstream, peer: LedgerContract.peer, state: .drain, by: "\\\"me\"", why: "{}")
    guard case .overridden(let override) = try await contract.ask(.override(order)) else {
      throw ContractBroken("no override")
    }
    #expect(
      await heard.next(isolation: nil)
        == .control(.override(LedgerContract.upstream, LedgerContract.peer, override)))
    let lease = try await contract.lease("a")
    let answer = try await contract.ask(
      .handOver(
        LedgerContract.upstream, lease.holder, to: Successor(node: "b", run: "r2"),
        forMs: LedgerContract.leaseMs))
    guard case .handedOver(let next) = answer else { throw ContractBroken("no hand-over") }
    #expect(await heard.next(isolation: nil) == .control(.handOver(LedgerContract.upstream, next)))
  }
}
