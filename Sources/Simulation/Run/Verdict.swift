/// What became of a run.
package struct Verdict: Sendable {
  package var seed: UInt64
  /// Empty: every promise was kept.
  package var violations: [Violation]
  /// How long the cluster lived, in ms of its true time.
  package var livedMs: Int64
  /// Calls of machines.
  package var calls: Int

  package static func of(
    _ plan: Plan, invariants: [any Invariant.Type] = Invariants.all, transcript: Transcript? = nil
  ) -> Verdict {
    let world = World(plan, invariants: invariants, transcript: transcript)
    world.run()
    return Verdict(
      seed: plan.seed, violations: world.violations, livedMs: world.nowUs / 1000, calls: world.calls)
  }
}
