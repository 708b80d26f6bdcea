package import Health

/// What one node newly sees of the peers of one upstream.
package struct ReportBatch: Hashable, Sendable {
  package var upstream: UpstreamName
  package var node: String
  package var run: String
  /// One more than that of the batch before; 1 or more, under 10^14.
  package var rev: UInt64
  /// Counts the batches of the run over all upstreams, from 1 on: others see by it what they did not hear. 0: it is of an
  /// earlier version, and nobody can tell.
  package var number: UInt64
  /// All that the node reports is in it; nothing else of it counts any more.
  package var isWhole: Bool
  /// Only counters and latencies are new: listeners are told of the batch without its reports.
  package var isQuiet: Bool
  package var reports: [PeerName: Report]
  /// Peers that the node no longer reports.
  package var removed: [PeerName]

  package init(
    upstream: UpstreamName, node: String, run: String, rev: UInt64, number: UInt64 = 0, isWhole: Bool,
    isQuiet: Bool = false, reports: [PeerName: Report] = [:], removed: [PeerName] = []
  ) {
    self.upstream = upstream
    self.node = node
    self.run = run
    self.rev = rev
    self.number = number
    self.isWhole = isWhole
    self.isQuiet = isQuiet
    self.reports = reports
    self.removed = removed
  }

  /// Reports in one message at most: some 150 bytes each. More are read by those who want them, when a heartbeat tells that
  /// there is something that was not heard.
  package static let mostAnnounced = 5000

  /// What listeners are told; nil: nothing.
  package var announced: ReportBatch? {
    guard isQuiet && !isWhole || reports.count <= Self.mostAnnounced else { return nil }
    guard isQuiet, !isWhole else { return self }
    var told = self
    told.reports = [:]
    return told
  }
}

/// All that one run of a node reports of one upstream.
package struct NodeReports: Hashable, Sendable {
  package var run: String
  /// That of the last batch.
  package var rev: UInt64
  package var reports: [PeerName: Report]

  package init(run: String, rev: UInt64, reports: [PeerName: Report] = [:]) {
    self.run = run
    self.rev = rev
    self.reports = reports
  }
}
