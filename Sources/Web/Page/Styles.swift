import Reading

// The classes in the style sheet.

extension PeerCondition {
  var style: String {
    switch self {
    case .down: "down"
    case .forced: "forced"
    case .out: "out"
    case .held: "held"
    case .failing: "failing"
    case .up: "up"
    case .unchecked: "unchecked"
    }
  }
}

extension Verdict {
  var mood: String {
    switch gravity {
    case .empty: "empty"
    case .dead, .down: "down"
    case .forced, .out: isStale ? "stale" : "out"
    case .fine: isStale ? "stale" : "up"
    }
  }
}
