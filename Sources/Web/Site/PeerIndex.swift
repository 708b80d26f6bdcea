import Health
import Ledger
import Synchronization

/// Finds a peer by name without walking 10,000 of them for each request.
///
/// A view changes with every result, the places of its peers hardly ever: a place is checked when it is used and
/// the index made anew only when it fails.
final class PeerIndex: Sendable {
  private struct Places {
    var version: UInt64
    var place: [PeerName: Int]
  }

  private let places = Mutex<[UpstreamName: Places]>([:])

  /// Its place in the view; nil: there is no such peer.
  func find(_ name: PeerName, in view: UpstreamView) -> Int? {
    let known = places.withLock { $0[view.name] }
    if let known {
      if let found = place(name, known, view) { return found }
      if known.version == view.version { return nil }
    }
    let fresh = Places(
      version: view.version,
      place: Dictionary(
        view.peers.enumerated().map { ($0.element.record.peer, $0.offset) },
        uniquingKeysWith: { first, _ in first }))
    places.withLock { $0[view.name] = fresh }
    return place(name, fresh, view)
  }

  private func place(_ name: PeerName, _ places: Places, _ view: UpstreamView) -> Int? {
    guard let place = places.place[name], place < view.peers.count else { return nil }
    return view.peers[place].record.peer == name ? place : nil
  }
}
