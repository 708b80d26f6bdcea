import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Testing

/// What only the ledger in Redis can meet.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ScriptTests {
  private let upstream = LedgerContract.upstream

  private func definition() -> UpstreamDefinition {
    UpstreamDefinition(
      name: upstream, checker: Checker(kind: .tcp), peers: [PeerDefinition(name: LedgerContract.peer)])
  }

  // MARK: Names and shapes

  /// The names of the design, which others read.
  @Test func keysAndFieldsHaveTheirPublicNames() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    let commit = rig.contract.commit(
      lease, counter: 1, seq: 0, changes: [LedgerContract.transition(to: .down)],
      records: [LedgerContract.record(.down)], definition: definition())
    guard case .committed(1, let atMs) = try await rig.contract.ask(.commit(commit)) else {
      throw ContractBroken("not committed")
    }
    _ = try await rig.contract.ask(.heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 1))))
    #expect(try await rig.redis("HGET", "quorate:{test:foo.com}:status", "127.0.0.1:80").string == "down")
    #expect(try await rig.redis("GET", "quorate:{test:foo.com}:lease").string == lease.text)
    #expect(try await rig.redis("HGET", "quorate:{test:foo.com}:head", "seq").string == "1")
    #expect(
      try await rig.redis("HGET", "quorate:{test}:upstreams", "foo.com").string == definition().digest)
    let evidence = try await rig.redis("HGET", "quorate:{test:foo.com}:evidence", "127.0.0.1:80").string
    #expect(evidence == JsonText.encode(LedgerContract.record(.down, sinceMs: atMs)))
    let entry = try await rig.redis("XRANGE", "quorate:{test:foo.com}:events", "-", "+").elements[0].elements
    #expect(entry[0].string == "1-0" && entry[1].elements[0].string == "json")
    #expect(entry[1].elements[1].string == JsonText.encode(commit.events(atMs: atMs)[0]))
    #expect(try await rig.redis("HEXISTS", "quorate:{test}:members", "a").integer == 1)
  }

  /// Large commits are split where Lua would refuse them.
  @Test func tenThousandPeersGoInOneCommit() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    let records = (0..<10_000).map { number in
      var record = LedgerContract.record(.up)
      record.peer = PeerName("10.0.0.1:\(number)")
      return record
    }
    let commit = rig.contract.commit(
      lease, counter: 1, seq: 0, changes: Array(repeating: .resync, count: 1000), records: records)
    guard case .committed(1000, _) = try await rig.contract.ask(.commit(commit)) else {
      throw ContractBroken("not committed")
    }
    let snapshot = try #require(try await rig.ledger.snapshot(of: upstream))
    #expect(snapshot.records.count == 10_000 && snapshot.status.count == 10_000 && snapshot.head.isWhole)
  }

  /// All keys of a script have one hash tag, so that a Redis Cluster takes it.
  @Test(arguments: [LedgerKey.Part](LedgerKey.Part.allCases))
  func theKeysOfAnUpstreamHaveOneTag(part: LedgerKey.Part) async throws {
    let rig = try await ScriptRig()
    #expect(rig.ledger.name(of: .of(upstream, part)) == "quorate:{test:foo.com}:\(part.rawValue)")
    #expect(rig.ledger.name(of: .reports(upstream, node: "a")) == "quorate:{test:foo.com}:reports:a")
    #expect(rig.ledger.name(of: .index) == "quorate:{test}:upstreams")
  }

  // MARK: Strange hands

  @Test func aKeyOfAnotherTypeIsReplacedAndToldOf() async throws {
    let rig = try await ScriptRig()
    _ = try await rig.redis("LPUSH", "quorate:{test:foo.com}:lease", "x")
    _ = try await rig.redis("SET", "quorate:{test:foo.com}:status", "x")
    _ = try await rig.redis("SET", "quorate:{test}:members", "x")
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, records: [LedgerContract.record(.up)])))
    _ = try await rig.contract.ask(.heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 1))))
    let names = ["quorate:{test:foo.com}:lease", "quorate:{test:foo.com}:status", "quorate:{test}:members"]
    #expect(rig.heard.all == names.map { .replaced(key: $0) })
    #expect(try await rig.ledger.snapshot(of: upstream)?.status == [LedgerContract.peer: .up])
  }

  /// Garbage is passed over, told of, and takes nothing with it.
  @Test func garbageIsPassedOver() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    let commit = rig.contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync], records: [LedgerContract.record(.up)],
      definition: definition())
    _ = try await rig.contract.ask(.commit(commit))
    _ = try await rig.redis("HSET", "quorate:{test:foo.com}:evidence", "x:1", "{\"peer\":")
    _ = try await rig.redis("HSET", "quorate:{test:foo.com}:status", "x:1", "sideways")
    _ = try await rig.redis("SET", "quorate:{test:foo.com}:definition", "[]")
    _ = try await rig.redis("XADD", "quorate:{test:foo.com}:events", "5-0", "other", "field")
    _ = try await rig.redis("HSET", "quorate:{test}:members", "z", "\u{0}{}", "y", "1e999")
    _ = try await rig.redis("HSET", "quorate:{test}:upstreams", "a b", "x")
    _ = try await rig.redis(
      "HSET", "quorate:{test:foo.com}:reports:b", "run", "r", "rev", "3", "x:1", "{\"ms\":1e99}")
    let snapshot = try #require(try await rig.ledger.snapshot(of: upstream))
    #expect(Array(snapshot.records.keys) == [LedgerContract.peer] && snapshot.definition == nil)
    #expect(!snapshot.head.isWhole)
    #expect(try await rig.ledger.events(of: upstream, after: 0, limit: 10).map(\.seq) == [1])
    guard
      case .members(let members, _) = try await rig.contract.ask(
        .heartbeat(Heartbeat(member: Member(node: "z", run: "r1", beat: 1))))
    else { throw ContractBroken("no members") }
    #expect(members.map(\.node) == ["z"])
    #expect(try await rig.ledger.upstreams().keys.sorted() == [upstream])
    let reportsByNode = try await rig.ledger.reports(of: upstream, by: ["b"])
    #expect(reportsByNode["b"] == NodeReports(run: "r", rev: 3))
    #expect(rig.heard.all.count >= 7)
  }

  /// Events go on above whatever stands in the stream, with one refusal that tells the leader.
  @Test func aStrangeEntryInTheStreamIsJumpedOver() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    _ = try await rig.redis("XADD", "quorate:{test:foo.com}:events", "700-3", "json", "{}")
    _ = try await rig.redis("XDEL", "quorate:{test:foo.com}:events", "700-3")
    let late = rig.contract.commit(lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .up)])
    guard case .outOfStep(let head) = try await rig.contract.ask(.commit(late)) else {
      throw ContractBroken("the stream's top was not seen")
    }
    #expect(head.seq == 700)
    let again = rig.contract.commit(lease, counter: 3, seq: 700, changes: [.resync])
    guard case .committed(701, _) = try await rig.contract.ask(.commit(again)) else {
      throw ContractBroken("not committed")
    }
  }

  /// Numbers have 14 digits at most: a stream that stands beyond them has no next one, and is replaced.
  @Test func aStreamBeyondAllNumbersIsReplaced() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    _ = try await rig.redis("XADD", "quorate:{test:foo.com}:events", "18446744073709551615-1", "json", "{}")
    let next = rig.contract.commit(lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .up)])
    #expect(try await rig.contract.ask(rig.contract.bid("a")) != .held(lease))
    guard case .committed(2, _) = try await rig.contract.ask(.commit(next)) else {
      throw ContractBroken("not committed")
    }
    #expect(rig.heard.all == [.replaced(key: "quorate:{test:foo.com}:events")])
    #expect(try await rig.ledger.events(of: upstream, after: 0, limit: 10).map(\.seq) == [2])
  }

  // MARK: Redis in trouble

  /// Nothing of a refused commit is written.
  @Test(arguments: [
    (["CONFIG", "SET", "maxmemory", "1"], LedgerFault.Kind.outOfMemory),
    (["REPLICAOF", "127.0.0.1", "1"], .readOnly),
    (["CONFIG", "SET", "min-replicas-to-write", "1"], .noReplicas),
  ])
  func aRefusedCommitWritesNothing(trouble: [String], kind: LedgerFault.Kind) async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    let before = try await rig.ledger.snapshot(of: upstream)
    _ = try await rig.client.send(RedisCommand(trouble[0], arguments: Array(trouble.dropFirst())))
    let commit = rig.contract.commit(
      lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .down)],
      records: [LedgerContract.record(.down)])
    let answer = await rig.ledger.perform([.commit(commit)])
    guard case .failure(.unreachable(let fault)) = answer[0] else {
      throw ContractBroken("not refused: \(answer)")
    }
    #expect(fault.kind == kind)
    #expect(try await rig.ledger.snapshot(of: upstream) == before)
    #expect(try await rig.ledger.events(of: upstream, after: 0, limit: 10).count == 1)
    _ = try await rig.redis("CONFIG", "SET", "maxmemory", "0")
    _ = try await rig.redis("REPLICAOF", "NO", "ONE")
    _ = try await rig.redis("CONFIG", "SET", "min-replicas-to-write", "0")
    guard case .committed(2, _) = try await rig.contract.ask(.commit(commit)) else {
      throw ContractBroken("not committed afterwards")
    }
  }

  /// A user who may not publish still decides; people are told.
  @Test func aMessageThatMayNotBePublishedStopsNothing() async throws {
    let rig = try await ScriptRig()
    let ledger = try await rig.ledger(permitted: ["resetkeys", "~quorate:*", "+@all", "resetchannels"])
    let contract = LedgerContract(store: ledger)
    let lease = try await contract.lease("a")
    let commit = contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    guard case .committed(1, _) = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("not committed")
    }
    guard case .unpublished(let why) = rig.heard.all.first else { throw ContractBroken("nobody was told") }
    #expect(why.hasPrefix("quorate:test:events: "))
  }

  /// Who may not subscribe still follows, by looking.
  @Test func aFollowerThatMayNotSubscribeLooksAtTheHeads() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    let ledger = try await rig.ledger(permitted: ["+@all", "resetchannels"])
    var news = ledger.follow(.only([upstream]), comparing: .milliseconds(10)).makeAsyncIterator()
    guard case .deaf(let fault) = await news.next() else { throw ContractBroken("not told") }
    #expect(fault.kind == .noPermission && fault.sentence.contains("&quorate:test:events"))
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    _ = try await rig.contract.ask(
      .commit(
        rig.contract.commit(lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .down)])))
    guard case .event(let event) = await news.next() else { throw ContractBroken("no event") }
    #expect(event.seq == 2)
  }

  /// Scripts that Redis lost are sent again, and the order for each upstream holds all the same.
  @Test func lostScriptsChangeNoOrder() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(.renew(upstream, lease.holder, forMs: LedgerContract.leaseMs))
    _ = try await rig.redis("SCRIPT", "FLUSH")
    // Redis has one of the two scripts again, but not the other.
    _ = try await rig.contract.ask(.renew(upstream, lease.holder, forMs: LedgerContract.leaseMs))
    let commit = rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    let answers = await rig.ledger.perform([
      .commit(commit), .renew(upstream, lease.holder, forMs: LedgerContract.leaseMs),
      .release(upstream, lease.holder),
    ])
    guard case .committed = try answers[0].get(), case .granted = try answers[1].get() else {
      throw ContractBroken("out of order: \(answers)")
    }
    #expect(try answers[2].get() == .released)
  }

  /// Redis dies and comes back empty; the follower says so, and gets a snapshot when there is one again.
  @Test func aFollowerSurvivesARestart() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    var news = rig.ledger.follow(.only([upstream])).makeAsyncIterator()
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    rig.server.stop()
    guard case .unreachable = await news.next() else { throw ContractBroken("the loss was not told") }
    try await rig.server.start()
    var next = await news.next()
    while case .unreachable = next { next = await news.next() }
    #expect(next == .absent(upstream))
    let again = try await rig.contract.lease("a")
    var resync = rig.contract.commit(again, counter: 1, seq: 0, changes: [.resync])
    resync.floorSeq = 1
    _ = try await rig.contract.ask(.commit(resync))
    guard case .snapshot(_, let snapshot) = await news.next() else { throw ContractBroken("no new snapshot") }
    #expect(snapshot.head.seq == 2)
  }

  /// A subscriber that was cut off misses nothing.
  @Test func aFollowerThatIsCutOffMissesNoEvent() async throws {
    let rig = try await ScriptRig()
    let lease = try await rig.contract.lease("a")
    _ = try await rig.contract.ask(
      .commit(rig.contract.commit(lease, counter: 0, seq: 0, changes: [.resync])))
    var news = rig.ledger.follow(.only([upstream])).makeAsyncIterator()
    guard case .snapshot = await news.next() else { throw ContractBroken("no snapshot") }
    var seen: [UInt64] = []
    for seq in 1...100 as ClosedRange<UInt64> {
      if seq % 10 == 0 { _ = try await rig.redis("CLIENT", "KILL", "TYPE", "pubsub") }
      let commit = rig.contract.commit(
        lease, counter: Int(seq), seq: seq, changes: [LedgerContract.transition(to: .down)])
      _ = try await rig.contract.ask(.commit(commit))
    }
    while seen.last ?? 0 < 101 {
      guard let item = await news.next() else { break }
      if case .event(let event) = item { seen.append(event.seq) }
    }
    #expect(seen == Array(2...101))
  }
}
