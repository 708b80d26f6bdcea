import Health
import Ledger

/// What this node asks of the ledger again and again. The node's own kinds, whose `upstream` is empty, are there from the
/// beginning; those of an upstream from the first retry on, as there may be thousands of upstreams.
enum RetryMetrics {
  private static let ofNode: [RequestKind] = [.nodeInfo, .nodeInfos, .index, .missing]

  static func write(_ cluster: ClusterView, _ upstreams: [UpstreamView], to lines: inout MetricLines) {
    let own = ofNode.map { kind in
      cluster.retries.first { $0.kind == kind } ?? RetryCount(kind: kind, total: 0, isBackingOff: false)
    }
    lines.family(
      "quorate_ledger_retries_total", .counter, "Requests to the ledger that were made again after a refusal."
    ) { family in
      for count in own { family.sample(["upstream": "", "kind": count.kind.rawValue], count.total) }
      for view in upstreams {
        for count in view.retries {
          family.sample(["upstream": view.name.text, "kind": count.kind.rawValue], count.total)
        }
      }
    }
    lines.family(
      "quorate_ledger_backing_off", .gauge, "1: the ledger refused this kind of request last, and it waits."
    ) { family in
      for count in own {
        family.sample(["upstream": "", "kind": count.kind.rawValue], count.isBackingOff ? 1 : 0)
      }
      for view in upstreams {
        for count in view.retries {
          family.sample(
            ["upstream": view.name.text, "kind": count.kind.rawValue], count.isBackingOff ? 1 : 0)
        }
      }
    }
  }
}
