import Health
import Ledger

package struct FollowersKeepUp: Invariant {
  package static let promise = """
    Pub/sub is a hint: who reaches Redis shows where the stream stands within two heartbeats and a bit, also when it hears \
    nothing.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .began, .faultEnded, .swept]

  /// After the head has moved: two heartbeats, and what reading takes.
  private static let boundUs: Int64 = 3_000_000
  /// After the last trouble: members are heard anew, and somebody leads.
  private static let calmUs: Int64 = 12_000_000
  /// The same for who does not have the upstream in the settings: it is told of by the index, which whoever leads repairs every
  /// 10 s, and a node reads every 5 s.
  private static let strangerUs: Int64 = 22_000_000

  private var troubles = 0
  private var troubledUs: Int64 = 0
  private var lines = PerUpstream(Line())

  /// Where the ledger stands, and since when: true µs.
  private struct Line {
    var head: Head?
    var movedUs: Int64 = 0
    /// Since when there is something.
    var beganUs: Int64 = 0
  }

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      if fault.lasts { troubles += 1 }
      if fault.hinders { troubledUs = world.nowUs }
    case .faultEnded(let fault):
      if fault.lasts { troubles -= 1 }
      if fault.hinders { troubledUs = world.nowUs }
    case .performed(let performed):
      guard performed.isPrimary, let upstream = performed.accepted?.upstream ?? performed.deleted else {
        return
      }
      let now = world.state(of: world.primary).head(of: upstream)
      if now.map(Position.init) != lines[upstream].head.map(Position.init) {
        lines[upstream].movedUs = world.nowUs
      }
      if lines[upstream].head == nil { lines[upstream].beganUs = world.nowUs }
      lines[upstream].head = now
    case .swept:
      guard troubles == 0, world.nowUs - troubledUs > Self.calmUs else { return }
      for (upstream, line) in lines.values { check(upstream, line, world) }
    default: break
    }
  }

  private func check(_ upstream: UpstreamName, _ line: Line, _ world: World) {
    // Where nobody has it in the settings, nobody writes it again that was lost.
    // Nor can anybody who starts then know of it where the index does not name it.
    guard let head = line.head, let now = world.primaryState.head(of: upstream),
      !world.owners(of: upstream).isEmpty
        || (now.isWhole && world.primaryState.digests[upstream] != nil),
      // A replica that took over may stand elsewhere.
      Position(now) == Position(head), world.nowUs - line.movedUs > Self.boundUs
    else { return }
    // Whoever has it last may have been the first to name it in the index again.
    let ownedUs = world.nodes.map { $0.settingsUs(of: upstream) }.max() ?? 0
    for node in world.nodes where node.isRunning && world.nowUs - node.startedUs > Self.calmUs {
      let changedUs = max(line.beganUs, node.settingsUs(of: upstream))
      let quietUs = world.nowUs - max(changedUs, ownedUs, troubledUs, node.startedUs)
      guard node.has(upstream) ? world.nowUs - changedUs > Self.boundUs : quietUs > Self.strangerUs else {
        continue
      }
      check(node, upstream, head, line.movedUs, world)
    }
  }

  private func check(
    _ node: SimulatedNode, _ upstream: UpstreamName, _ head: Head, _ movedUs: Int64, _ world: World
  ) {
    let shown = node.view(of: upstream)?.head ?? Head()
    guard (shown.term, shown.run, shown.seq) != (head.term, head.run, head.seq) else { return }
    // Who is left on a lost branch of what nobody has finds nobody to lead it under a higher term: it is deleted soon.
    if world.owners(of: upstream).isEmpty, shown.term > head.term { return }
    object(
      "\(node.name) shows term \(shown.term), seq \(shown.seq); the ledger is at \(head.term), \(head.seq) since "
        + "\((world.nowUs - movedUs) / 1000) ms", of: upstream, in: world)
  }
}

extension Fault {
  /// It may keep a node from reading what the ledger holds.
  fileprivate var hinders: Bool {
    switch self {
    case .deaf, .allDeaf, .denied, .settings, .override, .cutFromPeers, .localErrors, .wallClockJumps: false
    default: !isOfBackends
    }
  }

  /// It hinders until it ends.
  fileprivate var lasts: Bool {
    switch self {
    case .connectionBreaks, .redisEmptied, .redisLoses, .redisClockJumps, .leaseEnds, .leaseIsEndless: false
    default: hinders
    }
  }
}
