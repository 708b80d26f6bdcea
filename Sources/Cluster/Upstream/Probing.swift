import Health

/// How an upstream's peers are probed from this node.
struct Probing: Sendable {
  /// The upstream's number.
  let number: Int
  /// What the probe engine has been told to probe by; nil: there are no groups.
  private(set) var checker: Checker?
  /// The engine's group of each check.
  private(set) var groups: [UInt32] = []
  private var latenessCheckedMs: Int64 = .min

  init(number: Int) { self.number = number }

  /// Opens a group for each check: those that are open already get other settings.
  mutating func open(_ checker: Checker, of upstream: UpstreamName, _ context: inout Context) {
    while groups.count > checker.checkCount { closeLast(&context) }
    while groups.count < checker.checkCount { groups.append(context.routes.openGroup(upstream: number)) }
    for (place, group) in groups.enumerated() {
      context.actions.append(.probe(.openGroup(group, checker.check(place), of: upstream)))
    }
    self.checker = checker
  }

  mutating func close(_ context: inout Context) {
    while !groups.isEmpty { closeLast(&context) }
    checker = nil
  }

  private mutating func closeLast(_ context: inout Context) {
    guard let group = groups.popLast() else { return }
    context.actions.append(.probe(.closeGroup(group)))
    context.routes.closeGroup(group)
  }

  /// When the peers are looked through for overdue probes.
  var latenessDueMs: Int64 { latenessCheckedMs == .min ? .min : latenessCheckedMs + 1000 }

  mutating func checksLateness(at nowMs: Int64) { latenessCheckedMs = nowMs }
}
