package import Health

/// What is told to whoever listens. Hints all of them: what the ledger holds is the truth.
package enum LedgerAnnouncement: Hashable, Sendable {
  /// What is announced from now on arrives. Comes first.
  case listening
  /// Something may have been missed before this; what is announced from now on arrives.
  case gap
  /// Nothing arrives for now, and why. `gap` tells when it does again.
  case deaf(String)
  case event(LedgerEvent)
  case reports(ReportBatch)
  case control(ControlMessage)
}

/// An internal message among nodes.
package enum ControlMessage: Hashable, Sendable {
  /// The lease of an upstream was given to somebody.
  case handOver(UpstreamName, Lease)
  case override(UpstreamName, PeerName, Override)
  /// An upstream was deleted.
  case deleted(UpstreamName)
}

/// What a listener wants to hear.
package struct Listening: Hashable, Sendable {
  /// The events of all upstreams.
  package var events: Bool
  package var control: Bool
  /// Changed reports of these upstreams.
  package var reports: Set<UpstreamName>
  /// Changed reports of all upstreams.
  package var allReports: Bool

  package init(
    events: Bool = false, control: Bool = false, reports: Set<UpstreamName> = [], allReports: Bool = false
  ) {
    self.events = events
    self.control = control
    self.reports = reports
    self.allReports = allReports
  }

  /// What a node has to hear.
  package static let everything = Listening(events: true, control: true, allReports: true)

  package func wants(_ announcement: LedgerAnnouncement) -> Bool {
    switch announcement {
    case .listening, .gap, .deaf: true
    case .event: events
    case .reports(let batch): allReports || reports.contains(batch.upstream)
    case .control: control
    }
  }
}
