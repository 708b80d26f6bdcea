import Health
import Ledger

/// Where the peers come from that do not stand in the settings. The results of look-ups are there from the beginning, all
/// else where an upstream has such peers.
enum DiscoveryMetrics {
  private static let results = ["found", "not_found", "empty", "failed"]

  static func write(_ discovery: DiscoveryView, to lines: inout MetricLines) {
    lines.family("quorate_lookups_total", .counter, "Look-ups of names and services by this node.") {
      family in
      for result in results { family.sample(["result": result], discovery.lookUps[result] ?? 0) }
    }
    let all = discovery.sources.sorted { $0.key < $1.key }
    lines.family(
      "quorate_source_peers", .gauge,
      "Peers of the upstream, in this node's own settings, that a name, a service or a file stands for."
    ) { family in
      for (name, sources) in all {
        for source in sources { family.sample(["upstream": name.text, "from": source.text], source.peers) }
      }
    }
    lines.family(
      "quorate_source_good_timestamp_seconds", .gauge,
      "When the name, the service or the file was looked up or read with success last."
    ) { family in
      for (name, sources) in all {
        for source in sources where source.goodMs > 0 {
          family.sample(["upstream": name.text, "from": source.text], ms: source.goodMs)
        }
      }
    }
    lines.family(
      "quorate_source_trouble", .gauge,
      "1: the last try was none, and the peers are those of the last success."
    ) { family in
      for (name, sources) in all {
        for source in sources {
          family.sample(["upstream": name.text, "from": source.text], source.trouble == nil ? 0 : 1)
        }
      }
    }
    lines.family(
      "quorate_peers_file_reads_total", .counter,
      "How often another content of a file with peers was taken, and how often it was not."
    ) { family in
      for (name, sources) in all {
        for source in sources where source.kind == .file {
          for (result, count) in [("taken", source.taken), ("refused", source.refused)] {
            family.sample(["upstream": name.text, "from": source.text, "result": result], count)
          }
        }
      }
    }
  }
}
