import Cluster
import Health

/// Probing, as the engine does it: each peer at its point of the interval, one probe at a time.
extension World {
  func apply(_ order: ProbeAction, _ node: SimulatedNode) {
    switch order {
    case .openGroup(let number, let checker, _): node.groups[number] = checker
    case .closeGroup(let number): node.groups[number] = nil
    case .watch(let target), .once(let target): watch(target, node)
    case .pace(let id, let everyMs):
      guard var watch = node.watches[id], let checker = node.groups[watch.target.group] else { return }
      watch.everyMs = Int64(everyMs ?? checker.intervalMs)
      orders += 1
      watch.version = orders
      node.watches[id] = watch
      // The probe under way ends first.
      if watch.beganOwnUs == nil { planProbe(id, watch, node, afterMs: watch.everyMs) }
    case .unwatch(let id):
      if let watch = node.watches.removeValue(forKey: id) {
        let peer = WatchedPeer(upstream: watch.upstream, peer: watch.peer)
        node.unwatched[peer] = (nowUs, watch.sinceUs)
      }
    }
  }

  private func watch(_ target: ProbeTarget, _ node: SimulatedNode) {
    guard let checker = node.groups[target.group], let peer = peerNumbers[target.peer],
      let upstream = node.machine?.upstream(ofGroup: target.group)
    else { return }
    orders += 1
    let every = Int64(checker.intervalMs)
    // Unwatched in this moment: the settings are others, and it goes on.
    let before = node.unwatched[WatchedPeer(upstream: upstream, peer: peer)]
    let sinceUs = before.map { $0.us == nowUs ? $0.sinceUs : nowUs } ?? nowUs
    let watch = SimulatedWatch(
      upstream: upstream, target: target, peer: peer, everyMs: every, sinceUs: sinceUs, version: orders)
    node.watches[target.id] = watch
    let now = node.clock.ownUs(at: nowUs)
    let intoUs = (now - Int64(target.phaseMs) * 1000) % (every * 1000)
    planProbe(target.id, watch, node, afterUs: every * 1000 - (intoUs < 0 ? intoUs + every * 1000 : intoUs))
  }

  private func planProbe(_ id: ProbeID, _ watch: SimulatedWatch, _ node: SimulatedNode, afterMs: Int64) {
    planProbe(id, watch, node, afterUs: afterMs * 1000)
  }

  private func planProbe(_ id: ProbeID, _ watch: SimulatedWatch, _ node: SimulatedNode, afterUs: Int64) {
    put(
      .probeBegins(node: node.number, run: node.run, id, version: watch.version),
      inUs: node.clock.trueUs(ofOwnUs: max(afterUs, 1)))
  }

  func beginProbe(_ id: ProbeID, _ version: UInt64, _ node: SimulatedNode) {
    guard var watch = node.watches[id], watch.version == version, watch.beganOwnUs == nil,
      let checker = node.groups[watch.target.group]
    else { return }
    watch.beganOwnUs = node.clock.ownUs(at: nowUs)
    node.watches[id] = watch
    let (verdict, afterUs) = find(watch.peer, Int64(checker.timeoutMs), node)
    put(
      .probeEnds(node: node.number, run: node.run, id, version: version, verdict), inUs: afterUs)
  }

  /// What the probe will find, and when.
  private func find(
    _ peer: Int, _ timeoutMs: Int64, _ node: SimulatedNode
  ) -> (Outcome.Verdict, afterUs: Int64) {
    let timeoutUs = node.clock.trueUs(ofOwnUs: timeoutMs * 1000)
    if node.localErrors > 0 { return (.local(.noPort), 100) }
    if node.isCut(fromPeer: peer) { return (.failure(.connectTimedOut), timeoutUs) }
    let trip = dice.between(200, 3000)
    switch backends[peer].behaviour {
    case .refuses: return (.failure(.connectRefused), trip)
    case .silent: return (.failure(.receiveTimedOut), timeoutUs)
    case .answers(let ms):
      let afterUs = ms * 1000 + trip
      return afterUs < timeoutUs ? (.success, afterUs) : (.failure(.receiveTimedOut), timeoutUs)
    }
  }

  func endProbe(_ id: ProbeID, _ version: UInt64, _ found: Outcome.Verdict, _ node: SimulatedNode) {
    guard var watch = node.watches[id], let began = watch.beganOwnUs,
      let checker = node.groups[watch.target.group]
    else { return }
    let now = node.clock.ownUs(at: nowUs)
    let took = now - began
    var verdict = found
    // It was not looked at in time: whether the answer or the end of the time is seen first is chance.
    if verdict == .success, took >= Int64(checker.timeoutMs) * 1000, dice.chance(500) {
      verdict = .failure(.receiveTimedOut)
    }
    watch.beganOwnUs = nil
    node.watches[id] = watch
    let everyUs = watch.everyMs * 1000
    planProbe(id, watch, node, afterUs: everyUs - took % everyUs)
    let startedMs = node.clock.steadyMs(at: nowUs) - took / 1000
    node.isLastProbeVoid = startedMs < node.countsFromMs || node.stoodStill(at: nowUs)
    transcript?.probed(watch.target.peer, of: watch.upstream, verdict, node, at: nowUs)
    show(.probed(node, watch, verdict))
    let outcome = Outcome(
      verdict, phases: Phases(total: UInt32(clamping: took)), detail: Self.detail(of: verdict))
    handle(
      .probed([ProbeResult(id: id, outcome: outcome, endedMs: node.clock.steadyMs(at: nowUs))]), node)
  }

  private static func detail(of verdict: Outcome.Verdict) -> String {
    switch verdict {
    case .success: ""
    case .failure(let failure): failure.usualDetail
    case .local: "cannot assign requested address"
    }
  }
}
