package import Health

/// What this node's probes have come to, as a part of `/metrics`.
package enum ProbeMetrics {
  /// Of more checks the histograms are of all together: 56 lines for each would be too many.
  package static let mostHistograms = 500

  package static func render(_ probes: ProbeStatistics) -> [UInt8] {
    var lines = MetricLines(reserving: 4096 + min(probes.groups.count, mostHistograms) * 6000)
    writeCounts(probes, to: &lines)
    writeNode(probes, to: &lines)
    writePhases(probes, to: &lines)
    return lines.page.bytes
  }

  private static func writeCounts(_ probes: ProbeStatistics, to lines: inout MetricLines) {
    lines.family(
      "quorate_probes_total", .counter,
      "Probes of this node that ended, by code: OK, a failure's, or LOC… for a local error."
    ) { family in
      for group in probes.groups {
        for (code, count) in group.tally.codes {
          family.sample(
            [
              "upstream": group.upstream.text, "check": group.check, "type": group.kind.rawValue,
              "code": code,
            ], count)
        }
      }
    }
    lines.family("quorate_probes_in_flight", .gauge, "Probes of this node that are under way.") { family in
      for group in probes.groups {
        family.sample(["upstream": group.upstream.text, "check": group.check], group.inFlight)
      }
    }
  }

  private static func writeNode(_ probes: ProbeStatistics, to lines: inout MetricLines) {
    lines.family(
      "quorate_probe_local_errors_total", .counter,
      "Probes that this machine could not make, by the reason: no peer is judged by them."
    ) { family in
      var all = ProbeTally()
      for group in probes.groups { all.add(group.tally) }
      let counts = Dictionary(uniqueKeysWithValues: all.codes)
      for error in LocalError.allCases { family.sample(["code": error.code], counts[error.code] ?? 0) }
    }
    lines.family("quorate_probed_peers", .gauge, "Peers that this node probes, once for each check.") {
      $0.sample([:], probes.watched)
    }
    lines.family("quorate_probe_sockets", .gauge, "Sockets open for probes, idle ones included.") {
      $0.sample([:], probes.sockets)
    }
    lines.family(
      "quorate_probe_pauses_total", .counter,
      "Times that this node stood still, and dropped what it was measuring."
    ) { $0.sample([:], probes.pauses) }
    lines.histogram(
      "quorate_probe_lateness_seconds", "How late probes started, against the moment they were due."
    ) { $0.samples([:], probes.lateness) }
  }

  private static func writePhases(_ probes: ProbeStatistics, to lines: inout MetricLines) {
    let phases: [(String, String, (ProbeTally) -> PhaseHistogram)] = [
      ("connect", "the connection was made", { $0.connect }),
      ("handshake", "the TLS handshake was done", { $0.handshake }),
      ("first_byte", "the first byte of the answer came", { $0.firstByte }),
      ("duration", "the outcome was known", { $0.total }),
    ]
    var all = ProbeTally()
    let isTogether = probes.groups.count > mostHistograms
    if isTogether { for group in probes.groups { all.add(group.tally) } }
    for (name, end, phase) in phases {
      lines.histogram("quorate_probe_\(name)_seconds", "From a probe's start until \(end).") { family in
        if isTogether { return family.samples([:], phase(all)) }
        for group in probes.groups where phase(group.tally).total > 0 {
          family.samples(
            ["upstream": group.upstream.text, "check": group.check], phase(group.tally))
        }
      }
    }
  }
}
