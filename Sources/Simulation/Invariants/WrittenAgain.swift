import Cluster
import Health
import Ledger

struct WrittenAgain: Invariant {
  static let promise = "Redis is emptied: written again within 2 H, no transition."
  static let looksAt: TraceEvent.Kinds = [.began, .faultEnded, .swept]

  /// When it was emptied in a quiet moment, and what was known then.
  private var emptied: Emptied?

  private struct Emptied {
    var us: Int64
    var runs: [String]
    /// Those that the ledger held, and that somebody has.
    var upstreams: [UpstreamName]
  }

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(.redisEmptied):
      emptied = nil
      // This very fault is the last one.
      guard world.conditions.active == 0, quietUs(world) >= 20_000_000 else { return }
      let upstreams = world.upstreams.filter {
        world.primaryState.snapshot(of: $0) != nil && !world.owners(of: $0).isEmpty
      }
      if upstreams.isEmpty { return }
      emptied = Emptied(
        us: world.nowUs, runs: world.nodes.filter(\.isRunning).map(\.run), upstreams: upstreams)
    case .began(let fault): if !fault.isOfBackends { emptied = nil }
    case .swept: check(in: world)
    default: break
    }
    if case .began(let fault) = traceEvent, !fault.isOfBackends { lastUs = world.nowUs }
    if case .faultEnded(let fault) = traceEvent, !fault.isOfBackends { lastUs = world.nowUs }
  }

  /// When anything but backends last changed.
  private var lastUs: Int64 = 0

  private func quietUs(_ world: World) -> Int64 { world.nowUs - lastUs }

  private mutating func check(in world: World) {
    guard let emptied else { return }
    let setup = world.plan.setup
    guard world.nowUs - emptied.us > (2 * setup.heartbeatMs + 500) * 1000 else { return }
    self.emptied = nil
    let state = world.primaryState
    if state.members.map(\.run).sorted() != emptied.runs.sorted() {
      object("the members are not all there", in: world)
    }
    for node in world.nodes where node.isRunning {
      if state.nodeInfo(of: node.name, at: world.primaryTime) == nil {
        object("the card of \(node.name) is not there again", in: world)
      }
    }
    for upstream in emptied.upstreams { check(upstream, in: world) }
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    let state = world.primaryState
    guard let snapshot = state.snapshot(of: upstream), snapshot.head.isWhole else {
      return object("what was decided is not there again", of: upstream, in: world)
    }
    for node in world.nodes where node.isRunning {
      let nodeReports = state.nodeReports(of: upstream, by: node.name, at: world.primaryTime)
      let told = nodeReports.map { Set($0.reports.keys) } ?? []
      let view = node.view(of: upstream)
      let probed = Set(view?.peers.filter { $0.report != nil }.map(\.record.peer) ?? [])
      if !probed.isSubset(of: told) {
        object("what \(node.name) sees is not there again", of: upstream, in: world)
      }
    }
  }
}
