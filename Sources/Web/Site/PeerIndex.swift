import Health
import Ledger
import Synchronization

/// Finds a peer by name without walking 10,000 of them for each request.
///
/// A view changes with every result, the places of its peers hardly ever: a place is checked when it is used and
/// the index made anew only when it fails.
final class PeerIndex: Sendable {
  private struct Index {
    var version: UInt64
    var index: [PeerName: Int]
  }

  private let indices = Mutex<[UpstreamName: Index]>([:])

  /// Its place in the view; nil: there is no such peer.
  func find(_ name: PeerName, in view: UpstreamView) -> Int? {
    let known = indices.withLock { $0[view.name] }
    if let known {
      if let found = index(name, known, view) { return found }
      if known.version == view.version { return nil }
    }
    let fresh = Index(
      version: view.version,
      index: Dictionary(
        view.peers.enumerated().map { ($0.element.record.peer, $0.offset) },
        uniquingKeysWith: { first, _ in first }))
    indices.withLock { $0[view.name] = fresh }
    return index(name, fresh, view)
  }

  private func index(_ name: PeerName, _ indices: Index, _ view: UpstreamView) -> Int? {
    guard let index = indices.index[name], index < view.peers.count else { return nil }
    return view.peers[index].record.peer == name ? index : nil
  }
}
