import Ledger

/// The servers that hold the shared state: one, or after a fail-over two.
struct SimulatedRedis {
  struct Server {
    var state: SharedState
    /// What waits while it hangs, in order.
    var backlog: [Arrival] = []
    /// When it has time for the next request: true µs.
    var freeUs: Int64 = 0
  }

  struct Arrival {
    var node: Int
    var run: String
    var connection: UInt64
    var number: UInt64
    var question: SimulatedLink.Question
  }

  private static let startMs: Int64 = 5_000_000
  /// What its clock reads at the beginning of a run.
  static let startWallMs = SimulatedClock.wallStartMs + startMs

  var servers = [Server(state: SharedState())]
  /// Where those go who connect now.
  var primary = 0
  /// Also of keys' ends: Redis has them end by the wall clock.
  var clock = SimulatedClock(startMs: startMs)
  var down = 0
  var hanging = 0
  /// When a pause of it last ended: true µs.
  var resumedUs: Int64 = 0
  var slowMs: [Int64] = []
  /// Answers that never come, in thousandths.
  var unanswered: [Int64] = []
  /// What its ACL denies, and whom; nil: everybody.
  var forbidden: [(node: Int?, right: Fault.Right)] = []
  /// Nothing that is announced arrives.
  var mute = 0

  func time(at us: Int64) -> LedgerTime {
    let wall = clock.wallMs(at: us)
    return LedgerTime(wallMs: wall, steadyMs: wall)
  }

  func forbids(_ right: Fault.Right?, _ node: Int) -> Bool {
    !forbidden.isEmpty && forbidden.contains { $0.right == right && ($0.node ?? node) == node }
  }

  /// Of what the channels carry, not all may be heard by this node.
  func forbidsListening(_ node: Int) -> Bool {
    !forbidden.isEmpty && forbidden.contains { $0.right.isOfChannel && ($0.node ?? node) == node }
  }

  /// What has ended before is gone for good. Only a replica still has it: it drops nothing by itself.
  mutating func jumpClock(byMs ms: Int64, at us: Int64) {
    for server in servers.indices where server <= primary {
      servers[server].state.forgetEnded(at: time(at: us))
    }
    clock.jump(byMs: ms)
  }
}
