import Health
import Ledger
import Synchronization

/// The JSON of each upstream, kept until that upstream changes: a change of one does not cost the others.
final class JsonFragments: Sendable {
  private let kept = Mutex<[UpstreamName: (version: UInt64, bytes: [UInt8])]>([:])

  func page(_ state: BoardState) -> [UInt8] {
    let views = state.upstreams
    let names = Set(state.order)
    kept.withLock { kept in kept = kept.filter { names.contains($0.key) } }
    return StatusJson.render(fragments: views.map(fragment), stale: state.stale)
  }

  func fragment(_ view: UpstreamView) -> [UInt8] {
    let found = kept.withLock { $0[view.name] }
    if let found, found.version == view.version { return found.bytes }
    let bytes = StatusJson.render(view)
    kept.withLock { $0[view.name] = (view.version, bytes) }
    return bytes
  }
}
