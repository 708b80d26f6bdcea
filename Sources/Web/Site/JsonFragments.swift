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
    var bytes: [UInt8]
  }

  private let kept = Mutex<[UpstreamName: Fragment]>([:])

  func page(_ state: BoardState) -> [UInt8] {
    let views = state.upstreams
    let names = Set(state.order)
    kept.withLock { kept in kept = kept.filter { names.contains($0.key) } }
    return StatusJson.render(
      fragments: views.map { fragment($0, drift: state.drift(of: $0)) }, stale: state.stale)
  }

  /// - Parameter drift: the nodes that drift, which the view does not tell.
  func fragment(_ view: UpstreamView, drift: [String]) -> [UInt8] {
    let found = kept.withLock { $0[view.name] }
    if let found, found.version == view.version, found.drift == drift { return found.bytes }
    let bytes = StatusJson.render(view, drift: drift)
    kept.withLock { $0[view.name] = Fragment(version: view.version, drift: drift, bytes: bytes) }
    return bytes
  }
}
