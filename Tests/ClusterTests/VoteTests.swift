import Health
import Ledger
import Testing

@testable import Cluster

/// Small spaces, all of them.
@Suite struct VoteTests {
  /// The leader's own trouble is not the reason where the others agree on another.
  @Test func theReasonIsThatOfMost() throws {
    for odd in ["a", "b", "c"] {
      var rig = ClusterRig.three([.make(.foo, [.one, .two]) { $0.quorum = .all }])
      rig.nodes[odd]?.failure = Outcome(.failure(.connectTimedOut), detail: "timeout")
      rig.dead = [.one]
      rig.pass(10_000)
      let transition = try #require(rig.transitions().first)
      #expect(transition.reason == "L4CON", "\(odd)")
      #expect(transition.detail.contains("connection refused"), "\(odd): \(transition.detail)")
    }
  }

  private enum Vote: CaseIterable { case up, down, late, none }

  /// Every vote of every prober, up to five of them, under every rule: what the leader decides is what the rule says.
  @Test(arguments: 1...5) func everyCombinationOfVotes(probers: Int) throws {
    let rules: [Quorum] = [.majority, .any, .all] + (1...probers).map { .count($0) }
    let others = ["b", "c", "d", "e"].prefix(probers - 1)
    for rule in rules {
      for number in 0..<power(Vote.allCases.count, others.count) {
        for own in [Vote.up, .down] {
          var rest = number
          let votes = others.map { _ in
            defer { rest /= Vote.allCases.count }
            return Vote.allCases[rest % Vote.allCases.count]
          }
          try check(rule, own, Array(zip(others, votes)), probers)
        }
      }
    }
  }

  private func power(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  private func check(_ rule: Quorum, _ own: Vote, _ others: [(String, Vote)], _ probers: Int) throws {
    let all = [own] + others.map(\.1)
    let down = all.count { $0 == .down }
    let up = all.count { $0 == .up }
    let needed = rule.needed(of: probers)
    // Written down once more, in the words of the rule.
    let isDecided = down >= needed || up >= probers - needed + 1
    // It starts up, and what is not decided is held.
    let expected: PeerState = down >= needed ? .down : .up
    let definition = UpstreamDefinition.make(.foo, [.one]) { checker in
      checker.probers = probers
      checker.quorum = rule
      checker.thresholds = Thresholds(fall: 1, rise: 1)
    }
    var rig = LeaderRig(definition, others: others.map(\.0))
    rig.probe(own == .up ? MachineRig.good : MachineRig.refused)
    for (node, vote) in others {
      switch vote {
      case .up: rig.report(node, Report(state: .up, code: "OK"))
      case .down: rig.report(node, Report(state: .down, code: "L4CON"))
      case .late: rig.report(node, Report(state: .down, code: "L4CON", late: true))
      case .none: break
      }
    }
    rig.pass(300)
    let record = try #require(rig.stored)
    #expect(
      record.status == expected && (record.evidence == .confirmed) == isDecided,
      "\(rule) \(own) \(others): \(record)")
  }

  /// Reports of a run that is gone, or of a node that is not assigned, are no votes.
  @Test func whoIsNoProberHasNoVote() throws {
    let definition = UpstreamDefinition.make(.foo, [.one]) { checker in
      checker.probers = 3
      checker.thresholds = Thresholds(fall: 1, rise: 1)
    }
    var rig = LeaderRig(definition, others: ["b", "c"])
    rig.probe(MachineRig.good)
    rig.report("b", Report(state: .down, code: "L4CON"), run: "an earlier one")
    rig.report("z", Report(state: .down, code: "L4CON"))
    rig.report("c", Report(state: .down, code: "L4CON"))
    rig.pass(300)
    #expect(rig.stored?.status == .up)
    rig.report("b", Report(state: .down, code: "L4CON"))
    rig.pass(300)
    #expect(rig.stored?.status == .down && rig.stored?.votes?.down == 2)
  }

  /// Who takes a peer over begins with what was decided of it, and votes when a result of its own agrees: neither for a
  /// down of before a first success, nor for an up of before a first failure.
  @Test(arguments: [PeerState.up, .down]) func whatWasTakenOverIsNoVoteOfOnesOwn(before: PeerState) throws {
    var rig = ClusterRig.three([.make(.foo, [.one]) { $0.thresholds = Thresholds(fall: 3, rise: 3) }])
    if before == .down {
      rig.dead = [.one]
      rig.pass(10_000)
    }
    rig.start("d", [.make(.foo, [.one]) { $0.thresholds = Thresholds(fall: 3, rise: 3) }])
    rig.pass(10_000)
    let idle = try #require(rig.nodes.first { $0.value.peers.isEmpty }?.key)
    // The one that does not probe takes over from one that ends, in the moment in which the peer turns.
    rig.dead = before == .down ? [] : [.one]
    let gone = try #require(rig.nodes.keys.sorted().first { $0 != idle && $0 != rig.leader(of: .foo) })
    rig.stop(gone)
    var votes: [PeerState] = []
    _ = rig.pass(1500) { rig in
      if let report = rig.nodeReports(of: idle)?.reports[.one] { votes.append(report.state) }
      return false
    }
    #expect(rig.nodes[idle]?.peers == [.one] && votes.isEmpty)
    rig.pass(5000)
    #expect(rig.nodeReports(of: idle)?.reports[.one]?.state == (before == .down ? .up : .down))
  }

  /// A node without ports for a while says that its view is late. One failure afterwards does not make the old view a vote.
  @Test(arguments: [PeerState.up, .down]) func aViewOfBeforeALongSilenceIsNoVote(decided: PeerState) {
    let checker = Checker(kind: .tcp)
    var record = PeerRecord(assumed: PeerDefinition(name: .one))
    var watch = PeerWatch(record: record, nowMs: 0)
    let id = ProbeID(index: 1, incarnation: 1)
    watch.watch(0, id, "", from: .up, at: 0)
    let good = ProbeResult(id: id, outcome: Outcome(.success), endedMs: 1000)
    let bad = ProbeResult(id: id, outcome: Outcome(.failure(.connectRefused)), endedMs: 60_000)
    let none = ProbeResult(id: id, outcome: Outcome(.local(.noPort)), endedMs: 30_000)
    _ = watch.count(good, checker.thresholds, overdueMs: ProbeSchedule.overdueMs(checker: checker), wallMs: 0)
    #expect(watch.vote == .up)
    record.decided = decided
    watch.adopt(record)
    let isLate = watch.turnLate(at: 50_000, afterMs: [ProbeSchedule.overdueMs(checker: checker)])
    #expect(isLate)
    _ = watch.count(none, checker.thresholds, overdueMs: ProbeSchedule.overdueMs(checker: checker), wallMs: 0)
    #expect(watch.vote == nil && watch.seen?.late == true)
    _ = watch.count(bad, checker.thresholds, overdueMs: ProbeSchedule.overdueMs(checker: checker), wallMs: 0)
    // It agrees with what was decided meanwhile, or it does not.
    #expect(watch.vote == (decided == .down ? .down : nil))
  }

  @Test func whatWasMeasuredAcrossAPauseIsDiscarded() throws {
    var rig = MachineRig()
    rig.handle(.configured([.make(.foo, [.one]) { $0.thresholds = Thresholds(fall: 1, rise: 1) }]))
    rig.probe(.one, MachineRig.good, times: 1)
    let target = try #require(rig.watched[.one])
    let startedMs = rig.nowMs
    rig.nowMs += 10_000
    // The probe was under way when the node was stopped, and its time-out was over when it woke.
    var outcome = Outcome(.failure(.receiveTimedOut), detail: "timeout")
    outcome.phases.total = UInt32((rig.nowMs - startedMs) * 1000)
    rig.handle(.probed([ProbeResult(id: target.id, outcome: outcome, endedMs: rig.nowMs)]))
    rig.pass(500)
    #expect(rig.transitions().isEmpty && rig.lines.contains { $0.text.contains("stood still") })
    rig.probe(.one, MachineRig.refused, times: 1)
    rig.pass(200)
    #expect(rig.transitions().count == 1)
  }

  /// Every order of two candidates' steps on one lease: whoever writes held it, and nothing is written twice.
  @Test func everyOrderOfTwoCandidates() {
    for order in 0..<(1 << 10) {
      var shared = SharedState()
      var held: [Lease?] = [nil, nil]
      var seq: [UInt64] = [0, 0]
      var writes: [(term: UInt64, node: String)] = []
      var nowMs: Int64 = 1000
      for bit in 0..<10 {
        let who = (order >> bit) & 1
        let node = ["a", "b"][who]
        nowMs += bit % 3 == 2 ? 700 : 10
        let time = LedgerTime(wallMs: 1_795_400_000_000 + nowMs, steadyMs: nowMs)
        guard let lease = held[who] else {
          let bid = LeaseBid(upstream: .foo, node: node, run: node, highestTerm: 0, forMs: 1000)
          if case .granted(let lease, let head) = shared.perform(.acquire(bid), at: time) {
            held[who] = lease
            seq[who] = head.seq
          }
          continue
        }
        let commit = Commit(
          upstream: .foo, holder: lease.holder, id: "\(lease.holder.term).\(node).\(bit)",
          expectedSeq: seq[who], changes: [.definition(digest: "\(bit)")])
        switch shared.perform(.commit(commit), at: time) {
        case .committed(let last, _):
          seq[who] = last
          writes.append((lease.holder.term, node))
          #expect(shared.lease(of: .foo, at: time)?.lease.holder == lease.holder)
        default: held[who] = nil
        }
      }
      let events = shared.events(of: .foo, after: 0, limit: 100)
      #expect(events.count == writes.count && events.map(\.seq) == Array(1..<UInt64(events.count + 1)))
      #expect(zip(writes, writes.dropFirst()).allSatisfy { $0.term <= $1.term })
      for (term, group) in Dictionary(grouping: writes, by: \.term) {
        #expect(Set(group.map(\.node)).count == 1, "two wrote in term \(term)")
      }
    }
  }
}

/// One machine that leads, beside nodes of which only the ledger knows.
private struct LeaderRig {
  private var rig = ClusterRig()
  private let others: [String]
  private var beat: UInt64 = 1
  private let digest: String

  init(_ definition: UpstreamDefinition, others: [String]) {
    self.others = others
    digest = definition.digest
    for node in others { describe(node) }
    beatAll()
    rig.start("a", [definition])
    for _ in 0..<90 { pass(100) }
  }

  private func nodeInfo(_ node: String) -> NodeInfo {
    NodeInfo(node: node, run: "r", upstreams: ["foo.com": digest])
  }

  private mutating func describe(_ node: String) {
    rig.perform(.describe(nodeInfo(node), forMs: 1_000_000, leading: [:]))
  }

  private mutating func beatAll() {
    beat += 1
    for node in others {
      rig.perform(
        .heartbeat(
          Heartbeat(member: Member(node: node, run: "r", beat: beat, digest: nodeInfo(node).digest))))
    }
  }

  mutating func pass(_ ms: Int64) {
    beatAll()
    rig.pass(ms)
  }

  /// The one result of the leader's own probe, until the next interval.
  mutating func probe(_ outcome: Outcome) {
    rig.dead = outcome.verdict == .success ? [] : [.one]
    // Its own probes go on each second; before the first report nothing can be decided that is not its own.
    rig.probeNow("a", outcome)
  }

  mutating func report(_ node: String, _ report: Report, run: String = "r") {
    rig.tell(
      ReportBatch(upstream: .foo, node: node, run: run, rev: 1, isWhole: true, reports: [.one: report]))
  }

  var stored: PeerRecord? { rig.stored(.one) }
}
