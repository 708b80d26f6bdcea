package import Health

/// What the engine has done since it started.
package struct EngineStatistics: Sendable {
  package var watched = 0
  package var started: UInt64 = 0
  package var finished: UInt64 = 0
  package var failed: UInt64 = 0
  /// Probes that this machine could not make.
  package var localErrors: UInt64 = 0
  /// Times that the node stood still for so long that it dropped what it was measuring.
  package var pauses: UInt64 = 0
  /// Sockets open now, idle ones included.
  package var sockets = 0
  /// Sockets made so far: far fewer than probes, but for unix sockets, which serve once.
  package var socketsMade: UInt64 = 0
  /// How late probes started, against the moment they were due.
  package var lateness = Lateness()
  /// Of each open group that is counted for somebody.
  package var groups: [ProbeStatistics.Group] = []

  package init() {}

  /// As it is told to people and programs.
  package var told: ProbeStatistics {
    ProbeStatistics(
      groups: groups, lateness: lateness.histogram, watched: watched, sockets: sockets, pauses: pauses)
  }
}

/// The engine's own count, copied for others when they ask so that no probe pays for a lock.
struct EngineCounters {
  var watched = 0
  var pauses: UInt64 = 0
  private var statistics = EngineStatistics()

  mutating func started(lateNs: UInt64) {
    statistics.started += 1
    statistics.lateness.add(ns: lateNs)
  }

  mutating func finished(_ verdict: Outcome.Verdict) {
    statistics.finished += 1
    switch verdict {
    case .success: break
    case .failure: statistics.failed += 1
    case .local: statistics.localErrors += 1
    }
  }

  func statistics(sockets: borrowing SocketTable) -> EngineStatistics {
    var copy = statistics
    copy.watched = watched
    copy.pauses = pauses
    copy.sockets = sockets.open
    copy.socketsMade = sockets.made
    return copy
  }
}
