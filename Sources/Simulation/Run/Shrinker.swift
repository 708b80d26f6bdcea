/// Makes the schedule of a broken run short: as few faults, as late and as short as still break the same promise.
package struct Shrinker {
  private var plan: Plan
  private let invariants: [any Invariant.Type]
  private let invariant: String
  /// Runs that were made.
  package private(set) var tries = 0

  /// Nil: no promise is broken by this plan.
  package init?(_ plan: Plan, invariants: [any Invariant.Type] = Invariants.all) {
    guard let first = Verdict.of(plan, invariants: invariants).violations.first else { return nil }
    self.plan = plan
    self.invariants = invariants
    invariant = first.invariant
  }

  /// - Parameter most: runs that may be made.
  package mutating func shrink(most: Int = 2000) -> Plan {
    var isSmaller = true
    while isSmaller, tries < most { isSmaller = dropFaults(most) || dropNode() || shortenFaults(most) }
    return plan
  }

  private mutating func breaks(_ candidate: Plan) -> Bool {
    tries += 1
    return Verdict.of(candidate, invariants: invariants).violations.first?.invariant == invariant
  }

  /// Halves first, then less: most faults have nothing to do with it.
  private mutating func dropFaults(_ most: Int) -> Bool {
    var isSmaller = false
    var size = max(plan.faults.count / 2, 1)
    while true {
      var start = 0
      while start < plan.faults.count, tries < most {
        var candidate = plan
        candidate.faults.removeSubrange(start..<min(start + size, plan.faults.count))
        if breaks(candidate) {
          plan = candidate
          isSmaller = true
        } else {
          start += size
        }
      }
      if size == 1 { return isSmaller }
      size /= 2
    }
  }

  /// The last node, where nothing is planned for it.
  private mutating func dropNode() -> Bool {
    guard plan.setup.nodes > 1, !plan.faults.contains(where: { $0.fault.node == plan.setup.nodes - 1 }) else {
      return false
    }
    var candidate = plan
    candidate.setup.nodes -= 1
    guard breaks(candidate) else { return false }
    plan = candidate
    return true
  }

  private mutating func shortenFaults(_ most: Int) -> Bool {
    var isSmaller = false
    for index in plan.faults.indices where plan.faults[index].forMs > 100 && tries < most {
      var candidate = plan
      candidate.faults[index].forMs /= 2
      if breaks(candidate) {
        plan = candidate
        isSmaller = true
      }
    }
    return isSmaller
  }
}
