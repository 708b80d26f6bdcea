import Ledger

/// Whether this run is the node of its name.
enum Registration: Hashable, Sendable {
  /// The ledger has not been asked yet, or has not answered.
  case asking
  /// Another run has the name. It is replaced if its heartbeats stand still.
  /// Heartbeats of a process that has ended may still come out of a ledger that hung: all at once, so it has to be seen to
  /// go on twice.
  case contested(by: Pulse, sinceMs: Int64, wentOn: Bool = false)
  case registered
  /// Another run has the name, and lives.
  case refused

  /// - Parameter nowMs: of `Observation`: who could not be heard does not stand still.
  mutating func contest(_ other: Pulse, at nowMs: Int64) {
    switch self {
    case .refused: break
    case .contested(other, _, _): break
    case .contested(let pulse, _, let wentOn) where pulse.run == other.run:
      self = wentOn ? .refused : .contested(by: other, sinceMs: nowMs, wentOn: true)
    case .asking, .registered, .contested: self = .contested(by: other, sinceMs: nowMs)
    }
  }

  /// Whom the next heartbeat replaces: who stood still for two of its heartbeats, and a half for those that are late.
  ///
  /// - Parameters:
  ///   - heartbeatMs: how often a living node beats.
  ///   - nowMs: as above. By an answer, not by an estimate: in a ledger that has begun to hang, the other's heartbeat may
  ///     wait behind the one that replaces it.
  func replacing(heartbeatMs: Int64, at nowMs: Int64) -> Pulse? {
    guard case .contested(let pulse, let sinceMs, _) = self, nowMs - sinceMs >= heartbeatMs * 5 / 2 else {
      return nil
    }
    return pulse
  }

  /// It would be replaced if the ledger answered at this moment that it stands still.
  func isStill(heartbeatMs: Int64, at nowMs: Int64) -> Bool {
    replacing(heartbeatMs: heartbeatMs, at: nowMs) != nil
  }
}
