package import Health

/// What is told to whoever listens. Hints all of them: what the ledger holds is the truth.
package enum LedgerAnnouncement: Hashable, Sendable {
  /// What is announced from now on arrives, but for what is denied. Comes first.
  case listening
  /// Something may have been missed before this; what is announced from now on arrives.
  case gap
  /// Nothing arrives for now, and why. `gap` tells when it does again.
  case deaf(LedgerFault)
  /// Some channels may not be listened to, or none: why, and which. What the others carry arrives. Told before
  /// `listening` and `gap`; nil: all may be listened to again.
  case denied(LedgerFault?)
  /// Time to look whether something was missed without a sign of it. Only who wants ticks hears them, also while
  /// nothing else arrives; a tick may be left out while other announcements wait to be read.
  case tick
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
  /// How often a tick is told; nil: never. A ledger in this process tells it by its own clock and when it is next
  /// asked for something: nothing changes there before.
  package var ticks: Duration?

  package init(
    events: Bool = false, control: Bool = false, reports: Set<UpstreamName> = [], allReports: Bool = false,
    ticks: Duration? = nil
  ) {
    self.events = events
    self.control = control
    self.reports = reports
    self.allReports = allReports
    self.ticks = ticks
  }

  /// What a node has to hear.
  package static let everything = Listening(events: true, control: true, allReports: true)

  package func wants(_ announcement: LedgerAnnouncement) -> Bool {
    switch announcement {
    case .listening, .gap, .deaf, .denied: true
    case .tick: ticks != nil
    case .event: events
    case .reports(let batch): allReports || reports.contains(batch.upstream)
    case .control: control
    }
  }
}
