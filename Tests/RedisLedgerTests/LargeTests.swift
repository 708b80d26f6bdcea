import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Synchronization
import Testing

/// Upstreams that are too large for one reply.
@Suite(.timeLimit(.minutes(5))) struct LargeTests {
  /// More than two parts.
  private static let peers = (0..<2300).map { PeerName("10.0.\($0 / 200).\($0 % 200 + 1):8080") }

  private static func records(_ reason: String) -> [PeerRecord] {
    peers.map { peer in
      PeerRecord(
        peer: peer, role: .primary, status: .up, decided: .up, evidence: .confirmed, sinceMs: 1,
        reason: reason,
        votes: nil)
    }
  }

  private static func first(_ contract: LedgerContract, _ lease: Lease) -> Commit {
    contract.commit(
      lease, counter: 1, seq: 0, changes: [.definition(digest: "d")], records: records("1"),
      definition: UpstreamDefinition(
        name: LedgerContract.upstream, checker: Checker(kind: .tcp),
        peers: peers.map { PeerDefinition(name: $0) }))
  }

  @Test(arguments: LedgerKind.allCases) func isReadAsItWasWritten(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let commit = Self.first(contract, lease)
    guard case .committed = try await contract.ask(.commit(commit)) else { throw ContractBroken("refused") }
    let order = OverrideRequest(
      upstream: LedgerContract.upstream, peer: Self.peers[7], state: .drain, by: "anna", why: "disk")
    _ = try await contract.ask(.override(order))
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.records.count == Self.peers.count && snapshot.status.count == Self.peers.count)
    #expect(snapshot.definition == commit.definition && snapshot.overrides[Self.peers[7]]?.state == .drain)
    #expect(snapshot.records[Self.peers[2299]] == commit.records[2299])
    let remains = try await contract.store.remains(of: LedgerContract.upstream, by: [])
    #expect(remains.records == snapshot.records && remains.status == snapshot.status)
  }

  /// A leader writes all the time: what is read is one commit's, all of it, or nothing.
  @Test func partsOfTwoCommitsAreNotMixed() async throws {
    let rig = try await ScriptRig()
    let contract = rig.contract
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(Self.first(contract, lease)))
    let writer = RedisLedger(RedisClient.patient(with: rig.server), namespace: "test") { _ in }
    let commits = (2...30).map { number in
      LedgerRequest.commit(
        contract.commit(lease, counter: number, seq: 1, records: Self.records("\(number)")))
    }
    let done = Flag()
    async let writing: Void = write(commits, by: writer, done)
    while !done.isSet.withLock({ $0 }) {
      do throws(LedgerError) {
        guard let snapshot = try await rig.ledger.snapshot(of: LedgerContract.upstream) else { continue }
        let reasons = Set(snapshot.records.values.map(\.reason))
        #expect(reasons.count == 1 && snapshot.records.count == Self.peers.count)
        #expect(snapshot.head.commit.hasSuffix(".\(reasons.first ?? "")"))
      } catch {
        #expect(error.kind == .busy)
      }
    }
    await writing
    #expect(
      try await rig.ledger.snapshot(of: LedgerContract.upstream)?.records[Self.peers[0]]?.reason == "30")
  }

  private final class Flag: Sendable {
    let isSet = Mutex(false)
  }

  private func write(_ commits: [LedgerRequest], by ledger: RedisLedger, _ done: Flag) async {
    for commit in commits { _ = await ledger.perform([commit]) }
    done.isSet.withLock { $0 = true }
  }

  @Test func aFieldThatIsTooLargeCostsItsOwnRequest() async throws {
    let rig = try await ScriptRig()
    let contract = rig.contract
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(Self.first(contract, lease)))
    _ = try await rig.redis(
      "EVAL", "return redis.call('HSET', KEYS[1], ARGV[1], string.rep('x', 17 * 1024 * 1024))", "1",
      "quorate:{test:foo.com}:evidence", Self.peers[2000].text)
    let id = try await rig.client.send(RedisCommand("CLIENT", "ID")).integer
    let beat = LedgerRequest.heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 1)))
    async let beating = rig.ledger.perform([beat])
    let error = await #expect(throws: LedgerError.self) {
      _ = try await rig.ledger.snapshot(of: LedgerContract.upstream)
    }
    #expect(error?.kind == .tooLarge)
    let answers = await beating
    guard case .success(.members) = answers[0] else { throw ContractBroken("no heartbeat") }
    #expect(try await rig.client.send(RedisCommand("CLIENT", "ID")).integer == id)
  }

  /// Nobody is sent a message of megabytes: it is read instead.
  @Test(arguments: LedgerKind.allCases) func aLargeReportIsNotAnnounced(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    var reports: [PeerName: Report] = [:]
    for number in 0...ReportBatch.mostAnnounced {
      reports[PeerName("p\(number):1")] = Report(
        state: .up, ok: 1, nok: 0, code: "OK", detail: "200", micros: 1, atMs: 1, late: false)
    }
    let batch = ReportBatch(
      upstream: LedgerContract.upstream, node: "a", run: "r1", rev: 1, isWhole: true, reports: reports)
    #expect(batch.announced == nil)
    guard case .reported(1) = try await contract.ask(.report(batch, forMs: 1_000_000)) else {
      throw ContractBroken("refused")
    }
    let nodeReports = try await contract.store.reports(of: LedgerContract.upstream, by: ["a"])["a"]
    #expect(nodeReports?.reports == reports)
  }
}
