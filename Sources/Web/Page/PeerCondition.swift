import Health
import Ledger

/// What the page makes of a peer, worst first.
enum PeerCondition: Int, Hashable, Sendable, Comparable, CaseIterable {
  case down
  /// The last decision is held: too few fresh votes.
  case held
  /// Up, while failures are being counted.
  case failing
  case up
  /// Nobody probes it: shown as it was configured.
  case unchecked

  init(_ peer: PeerView, isChecked: Bool) {
    if peer.record.status == .down {
      self = .down
    } else if !isChecked {
      self = .unchecked
    } else if peer.record.evidence == .stale {
      self = .held
    } else if let report = peer.report, report.state == .up, report.nok > 0 {
      self = .failing
    } else {
      self = .up
    }
  }

  /// Whether somebody may want to look.
  var isProblem: Bool { self < .up }

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The class in the style sheet.
  var style: String {
    switch self {
    case .down: "down"
    case .held: "held"
    case .failing: "failing"
    case .up: "up"
    case .unchecked: "unchecked"
    }
  }
}
