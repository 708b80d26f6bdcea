import Health

/// Peers on which something was said, that was lost with Redis, and on which something was said again: both overrides
/// may have the same revision, and nodes that remember the first one take the second for known.
struct LostRevisions {
  private var saidUs: [PeerName: Int64] = [:]
  private(set) var peers: Set<PeerName> = []

  mutating func say(on peer: Int, in world: World) {
    let name = Setup.peer(peer)
    if let before = saidUs[name], let lostUs = world.weather.lossUs, lostUs >= before { peers.insert(name) }
    saidUs[name] = world.nowUs
  }
}
