import Health
import Ledger

struct NoMoreThanTheProbers: Invariant {
  static let promise = "No peer is probed by more than `probers` nodes for longer than a heartbeat."
  static let looksAt: Sight.Kinds = [.swept]

  /// A node that came to another primary with no sign of it tells what it is within this time.
  private static let cardMs: Int64 = 10_000

  /// Since when each peer is probed by too many: true µs.
  private var sinceUs: [Int: Int64] = [:]

  mutating func see(_ sight: Sight, in world: World) {
    guard case .swept = sight else { return }
    let setup = world.plan.setup
    guard world.isQuiet(forMs: Self.cardMs + 3 * setup.heartbeatMs),
      let checker = world.primaryState.snapshot(of: Setup.upstream)?.definition?.checker
    else {
      sinceUs = [:]
      return
    }
    // Who was away goes on as it was until it has settled.
    let settled = world.nodes.filter { world.isWell($0) && $0.cluster?.contact == .steady }
    for peer in world.backends.indices {
      let probers = settled.count { $0.watch(of: peer) != nil }
      guard probers > checker.probers else {
        sinceUs[peer] = nil
        continue
      }
      let since = sinceUs[peer] ?? world.nowUs
      sinceUs[peer] = since
      if world.nowUs - since > (setup.heartbeatMs + 200) * 1000 {
        object("\(Setup.peer(peer)) is probed by \(probers) nodes and not \(checker.probers)", in: world)
      }
    }
  }
}
