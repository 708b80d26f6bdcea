/// Many seeds, and what came of them.
package struct Campaign: Sendable {
  package private(set) var runs = 0
  /// How long the clusters lived, all together: ms.
  package private(set) var livedMs: Int64 = 0
  package private(set) var calls = 0
  /// Runs in which a promise was broken.
  package private(set) var broken: [Verdict] = []

  package init() {}

  package mutating func add(_ verdict: Verdict) {
    runs += 1
    livedMs += verdict.livedMs
    calls += verdict.calls
    if !verdict.violations.isEmpty { broken.append(verdict) }
  }

  package mutating func add(_ other: Campaign) {
    runs += other.runs
    livedMs += other.livedMs
    calls += other.calls
    broken += other.broken
  }
}
