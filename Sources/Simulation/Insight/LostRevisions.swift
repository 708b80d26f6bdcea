import Health

/// Peers on which something was said, that was lost with Redis, and on which something was said again: both overrides
/// may have the same revision, and nodes that remember the first one take the second for known.
struct LostRevisions {
  private var saidUs: [WatchedPeer: Int64] = [:]
  private(set) var peers: Set<WatchedPeer> = []

  mutating func say(on peer: WatchedPeer, in world: World) {
    if let before = saidUs[peer], let lostUs = world.weather.lossUs, lostUs >= before { peers.insert(peer) }
    saidUs[peer] = world.nowUs
  }
}
