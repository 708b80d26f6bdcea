import Health
import Ledger
import Reading
import Synchronization

/// The JSON of each upstream, kept until that upstream, or who drifts from it, changes: a change of one does not cost
/// the others.
final class JsonFragments: Sendable {
  private struct Fragment: Sendable {
    var version: UInt64
    var drift: [String]
    var degraded: [Int: UInt32]
    var bytes: [UInt8]
  }

  private let kept = Mutex<[UpstreamName: Fragment]>([:])

  /// - Parameter node: the one whose board this is.
  func page(_ state: BoardState, of node: String) -> [UInt8] {
    let views = state.upstreams
    let names = Set(state.order)
    kept.withLock { kept in kept = kept.filter { names.contains($0.key) } }
    return StatusJson.render(
      fragments: views.map { fragment($0, in: state, of: node) }, stale: state.stale)
  }

  /// Who drifts and what is degraded depends on the nodes, too, which the view does not tell.
  func fragment(_ view: UpstreamView, in state: BoardState, of node: String) -> [UInt8] {
    let drift = state.drift(of: view)
    let degraded = Degradation.slowest(in: view, of: node, in: state.cluster)
    let found = kept.withLock { $0[view.name] }
    if let found, found.version == view.version, found.drift == drift, found.degraded == degraded {
      return found.bytes
    }
    let bytes = StatusJson.render(view, drift: drift, degraded: degraded)
    kept.withLock {
      $0[view.name] = Fragment(version: view.version, drift: drift, degraded: degraded, bytes: bytes)
    }
    return bytes
  }
}
