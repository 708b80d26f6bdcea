import Health

/// How an upstream's peers are probed from this node.
struct Probing: Sendable {
  /// That of its probe group.
  let number: Int
  /// What the probe engine has been told to probe by; nil: there is no group.
  private(set) var checker: Checker?
  private var latenessCheckedMs: Int64 = .min

  init(number: Int) { self.number = number }

  mutating func opened(by checker: Checker) { self.checker = checker }
  mutating func closed() { checker = nil }

  /// When the peers are looked through for overdue probes.
  var latenessDueMs: Int64 { latenessCheckedMs == .min ? .min : latenessCheckedMs + 1000 }

  mutating func checksLateness(at nowMs: Int64) { latenessCheckedMs = nowMs }
}
