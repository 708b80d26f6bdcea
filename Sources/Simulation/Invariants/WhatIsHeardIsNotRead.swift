import Cluster
import Health
import Ledger

struct WhatIsHeardIsNotRead: Invariant {
  static let promise = """
    Reports that were heard are not read as well: where nothing is missed, only a new leader reads what others report.
    """
  static let looksAt: TraceEvent.Kinds = [.took, .performed, .began, .started]

  /// For so long after the last trouble what was missed is read.
  private static let calmMs: Int64 = 15_000
  private static let leaderUs: Int64 = 5_000_000

  /// When somebody last took the lease or got it, or what nodes have was changed: true µs.
  private var changedUs: Int64 = 0

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      switch performed.request {
      case .acquire, .handOver: changedUs = world.nowUs
      default: break
      }
    case .began(.settings), .started: changedUs = world.nowUs
    case .took(let node, .read(_, .success(.reports))):
      // Who learns late of an upstream, since the index was lost, reads what was told of it before.
      guard world.isCalm(forMs: Self.calmMs), world.nowUs - changedUs >= Self.leaderUs,
        !world.conditions.hasLostIndex
      else { return }
      object("\(node.name) reads reports, and has missed none", in: world)
    default: break
    }
  }
}
