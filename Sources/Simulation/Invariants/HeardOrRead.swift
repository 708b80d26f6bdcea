import Cluster
import Health
import Ledger

struct HeardOrRead: Invariant {
  static let promise = """
    What pub/sub carries also arrives without it, at the latest two heartbeats later and a bit: reports at every node, an \
    operator's word at the leader.
    """
  static let looksAt: TraceEvent.Kinds = [.started, .ended, .performed, .began, .faultEnded, .swept]

  /// Two heartbeats of a second; nodes look at the time every 100 ms; what may be on its way is waited for 200 ms.
  private static let reportUs: Int64 = 2_800_000
  /// The leader's next heartbeat, two readings and a commit.
  private static let wordUs: Int64 = 2_000_000
  /// After the last trouble: members are heard anew, and somebody leads.
  private static let calmUs: Int64 = 15_000_000

  private struct Told {
    var dueUs: Int64
    var run: String
    var revision: UInt64
  }

  private var troubles = 0
  private var troubledUs: Int64 = 0
  /// The first report of each node on each upstream that not everybody is known to have.
  private var reports: [Reporter: Told] = [:]
  /// When each is due, and the revision of the word; 0: not looked up yet.
  private var words: [WatchedPeer: (dueUs: Int64, rev: UInt64)] = [:]

  private struct Reporter: Hashable {
    var node: Int
    var upstream: UpstreamName
  }

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(.override(let number, _, let upstream)):
      let peer = WatchedPeer(upstream: Setup.upstreamNames[upstream], peer: number)
      words[peer] = (world.nowUs + Self.wordUs, 0)
    case .began(let fault): began(fault, world)
    case .faultEnded(let fault): ended(fault, world)
    case .started, .ended: disturb(world)
    case .performed(let performed): receive(performed, world)
    case .swept:
      lookUpWords(world)
      guard troubles == 0, world.nowUs - troubledUs >= Self.calmUs else { return }
      checkReports(world)
      checkWords(world)
    default: break
    }
  }

  private mutating func began(_ fault: Fault, _ world: World) {
    guard fault.isInTheWay else { return }
    if fault.staysInTheWay { troubles += 1 }
    disturb(world)
  }

  private mutating func ended(_ fault: Fault, _ world: World) {
    guard fault.isInTheWay else { return }
    if fault.staysInTheWay { troubles -= 1 }
    disturb(world)
  }

  private mutating func disturb(_ world: World) {
    troubledUs = world.nowUs
    reports = [:]
    words = [:]
  }

  // MARK: Reports

  private mutating func receive(_ performed: Performed, _ world: World) {
    guard performed.isPrimary, case .report(let batch, _) = performed.request, !batch.isQuiet,
      case .reported = performed.answer,
      // What a run that has ended had sent may come late; its name has another one by then.
      world.nodes[performed.node].isRunning, world.nodes[performed.node].run == batch.run
    else { return }
    let reporter = Reporter(node: performed.node, upstream: batch.upstream)
    guard reports[reporter] == nil else { return }
    reports[reporter] = Told(
      dueUs: world.nowUs + Self.reportUs, run: batch.run, revision: batch.rev)
  }

  private mutating func checkReports(_ world: World) {
    let due = reports.filter { world.nowUs >= $0.value.dueUs }
    for (reporter, told) in due.sorted(by: { $0.value.dueUs < $1.value.dueUs }) {
      reports[reporter] = nil
      // What was told of an upstream that the node has no more counts no more.
      guard world.nodes[reporter.node].has(reporter.upstream) else { continue }
      let name = world.nodes[reporter.node].name
      for node in world.nodes where node.isRunning && node.number != reporter.node {
        // Who has it not in the settings may have heard of it just now, after the index was lost.
        guard node.has(reporter.upstream) || !world.conditions.hasLostIndex,
          let view = node.view(of: reporter.upstream),
          node.cluster?.nodes.contains(where: { $0.member.node == name }) == true
        else { continue }
        let nodeReports = view.reportsByNode[name]
        if nodeReports?.run == told.run, nodeReports?.rev ?? 0 >= told.revision { continue }
        object(
          "\(node.name) does not know report \(told.revision) of \(name) (\(told.run)), but "
            + "\(nodeReports?.rev ?? 0) of \(nodeReports?.run ?? "no run")", of: reporter.upstream, in: world)
      }
    }
  }

  // MARK: Words

  private mutating func lookUpWords(_ world: World) {
    for (peer, word) in words where word.rev == 0 {
      words[peer]?.rev =
        world.primaryState.snapshot(of: peer.upstream)?.overrides[Setup.peer(peer.peer)]?.rev ?? 0
    }
  }

  private mutating func checkWords(_ world: World) {
    let due = words.filter { world.nowUs >= $0.value.dueUs }
    for (peer, word) in due.sorted(by: { ($0.value.dueUs, $0.key.peer) < ($1.value.dueUs, $1.key.peer) }) {
      words[peer] = nil
      let name = Setup.peer(peer.peer)
      // Where nobody has the upstream any more, nobody decides.
      guard !world.owners(of: peer.upstream).isEmpty,
        let snapshot = world.primaryState.snapshot(of: peer.upstream),
        let last = snapshot.overrides[name], let record = snapshot.records[name]
      else { continue }
      let applied = record.override?.rev ?? 0
      let isApplied = last.state == .auto ? record.override == nil : applied >= word.rev
      if !isApplied {
        object("word \(word.rev) on \(record.peer) is not applied", of: peer.upstream, in: world)
      }
    }
  }
}

extension Fault {
  /// It may keep what is told from arriving at all.
  fileprivate var isInTheWay: Bool {
    switch self {
    case .deaf, .allDeaf, .denied, .override, .cutFromPeers, .localErrors, .wallClockJumps: false
    default: !isOfBackends
    }
  }

  fileprivate var staysInTheWay: Bool {
    switch self {
    case .connectionBreaks, .redisEmptied, .redisLoses, .redisClockJumps, .leaseEnds, .leaseIsEndless,
      .settings:
      false
    default: isInTheWay
    }
  }
}
