package import Health

/// How late probes started, as counts in steps of 20 µs up to 100 ms; later ones are counted in the last step.
package struct Lateness: Sendable {
  package static let stepNs: UInt64 = 20_000
  package static let steps = 5_000

  package private(set) var counts = [UInt32](repeating: 0, count: Self.steps)
  package private(set) var total: UInt64 = 0
  private var sumNs: UInt64 = 0

  package init() {}

  package mutating func add(ns: UInt64) {
    counts[min(Int(ns / Self.stepNs), Self.steps - 1)] &+= 1
    total += 1
    sumNs &+= ns
  }

  /// The lateness, in microseconds, that `share` (0 to 1) of the probes did not exceed; 0 without probes.
  package func quantile(_ share: Double) -> Int {
    let wanted = UInt64((Double(total) * share).rounded(.up))
    var seen: UInt64 = 0
    for (step, count) in counts.enumerated() {
      seen += UInt64(count)
      if seen >= wanted, seen > 0 { return (step + 1) * Int(Self.stepNs) / 1000 }
    }
    return 0
  }

  /// What came after an earlier reading of the same.
  package func since(_ before: Lateness) -> Lateness {
    var rest = self
    for step in rest.counts.indices { rest.counts[step] &-= before.counts[step] }
    rest.total &-= before.total
    rest.sumNs &-= before.sumNs
    return rest
  }

  /// The same with the bounds of other times.
  package var histogram: PhaseHistogram {
    var histogram = PhaseHistogram()
    for (step, count) in counts.enumerated() where count > 0 {
      histogram.add(us: UInt32(step + 1) * UInt32(Self.stepNs / 1000), times: UInt64(count))
    }
    return histogram.summing(toUs: sumNs / 1000)
  }
}
