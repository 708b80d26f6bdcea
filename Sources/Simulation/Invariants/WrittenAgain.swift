import Cluster
import Health
import Ledger

struct WrittenAgain: Invariant {
  static let promise = "Redis is emptied: written again within 2 H, no transition."
  static let looksAt: Sight.Kinds = [.began, .faultEnded, .swept]

  /// When it was emptied in a quiet moment, and what was known then.
  private var emptied: (us: Int64, runs: [String])?

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .began(.redisEmptied):
      emptied = nil
      // This very fault is the last one.
      guard world.weather.active == 0, quietUs(world) >= 20_000_000,
        world.primaryState.snapshot(of: Setup.upstream) != nil
      else { return }
      emptied = (world.nowUs, world.nodes.filter(\.isRunning).map(\.run))
    case .began(let fault): if !fault.isOfBackends { emptied = nil }
    case .swept: check(in: world)
    default: break
    }
    if case .began(let fault) = sight, !fault.isOfBackends { lastUs = world.nowUs }
    if case .faultEnded(let fault) = sight, !fault.isOfBackends { lastUs = world.nowUs }
  }

  /// When anything but backends last changed.
  private var lastUs: Int64 = 0

  private func quietUs(_ world: World) -> Int64 { world.nowUs - lastUs }

  private mutating func check(in world: World) {
    guard let (us, runs) = emptied else { return }
    let setup = world.plan.setup
    guard world.nowUs - us > (2 * setup.heartbeatMs + 500) * 1000 else { return }
    emptied = nil
    let state = world.primaryState
    guard let snapshot = state.snapshot(of: Setup.upstream), snapshot.head.isWhole else {
      return object("what was decided is not there again", in: world)
    }
    if state.members.map(\.run).sorted() != runs.sorted() {
      object("the members are not all there", in: world)
    }
    for node in world.nodes where node.isRunning {
      if state.card(of: node.name, at: world.primaryTime) == nil {
        object("the card of \(node.name) is not there again", in: world)
      }
      let sheet = state.sheet(of: Setup.upstream, by: node.name, at: world.primaryTime)
      let told = sheet.map { Set($0.reports.keys) } ?? []
      let probed = Set(node.view?.peers.filter { $0.report != nil }.map(\.record.peer) ?? [])
      if !probed.isSubset(of: told) { object("what \(node.name) sees is not there again", in: world) }
    }
  }
}
