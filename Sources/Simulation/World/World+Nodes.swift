import Cluster
import Health

extension World {
  func start(_ node: SimulatedNode) {
    guard !node.isRunning, node.crashes == 0 else { return }
    runs += 1
    node.run = "r\(runs)"
    node.startedUs = nowUs
    var sharing = NodeProfile.Sharing(
      heartbeatMs: plan.setup.heartbeatMs, memberExpiryMs: plan.setup.expiryMs, address: "", version: "sim")
    sharing.orphanMs = plan.setup.orphanMs
    node.begin(
      Machine(
        profile: NodeProfile(
          node: node.name, run: node.run, leaseMs: plan.setup.leaseMs, sharing: sharing,
          safeguards: plan.setup.safeguards)))
    node.link.reset()
    node.link.server = redis.primary
    transcript?.add(node.name, "starts, as run \(node.run)", at: nowUs)
    show(.started(node))
    handle(.configured(node.settings.compactMap(\.self)), node)
    subscribe(node)
    put(.tick(node: node.number, run: node.run), inUs: dice.between(1, 100_000))
  }

  /// SIGKILL.
  func kill(_ node: SimulatedNode) {
    guard node.isRunning else { return }
    transcript?.add(node.name, "is gone", at: nowUs)
    node.end(at: nowUs)
    show(.ended(node))
  }

  /// SIGTERM: it has its say, and ends.
  func stop(_ node: SimulatedNode) {
    guard node.isRunning else { return }
    transcript?.add(node.name, "is told to end", at: nowUs)
    handle(.stopping, node)
    // It waits for its last words to be heard.
    node.lastWordsOf = node.run
    kill(node)
  }

  func tick(_ node: SimulatedNode) {
    handle(.tick, node)
    // A timer is late by a little, never early.
    let due = node.clock.trueUs(ofOwnUs: Machine.tickMs * 1000)
    put(.tick(node: node.number, run: node.run), inUs: due + dice.between(0, 2000))
  }

  func pause(_ node: SimulatedNode) {
    node.pauses += 1
    node.impairedUs = nowUs
  }

  func resume(_ node: SimulatedNode) {
    node.pauses -= 1
    node.impairedUs = nowUs
    guard !node.isPaused else { return }
    // Whose turn it is first is chance; each keeps its own order.
    let sources: [(Occurrence) -> Bool] = [
      { if case .tick = $0 { true } else { false } },
      {
        switch $0 {
        case .probeBegins, .probeEnds: true
        default: false
        }
      },
      { if case .replied = $0 { true } else { false } },
      { if case .deadline = $0 { true } else { false } },
      {
        switch $0 {
        case .announced, .listens: true
        default: false
        }
      },
    ]
    for source in dice.shuffle(sources) { happenLater(node.held.filter(source)) }
    node.held = []
  }

  /// - Parameter version: nil: the settings do not have the upstream any more.
  func configure(_ node: SimulatedNode, version: Int?, ofUpstream number: Int) {
    guard plan.setup.upstreams.indices.contains(number) else { return }
    let versions = plan.setup.upstreams[number].versions
    if let version, !versions.indices.contains(version) { return }
    node.configure(version.map { versions[$0] }, ofUpstream: number, at: nowUs)
    if node.isRunning { handle(.configured(node.settings.compactMap(\.self)), node) }
  }
}
