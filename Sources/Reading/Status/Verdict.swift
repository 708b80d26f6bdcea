import Health
import Ledger

/// What is said first, in one sentence and in the few words of a browser's tab; the gravest fact leads.
package struct Verdict: Sendable {
  /// The gravest of what is so.
  package enum Gravity: Hashable, Sendable {
    case empty
    /// An upstream has no peer left.
    case dead
    case down
    case forced
    case out
    case fine
  }

  private let facts: StatusFacts
  private let dead: [UpstreamFacts]
  package let gravity: Gravity
  package var isStale: Bool { facts.stale }

  package init(_ facts: StatusFacts) {
    self.facts = facts
    dead = facts.dead
    gravity =
      if facts.peers == 0 {
        .empty
      } else if !dead.isEmpty {
        .dead
      } else if facts.down > 0 {
        .down
      } else if facts.forced > 0 {
        .forced
      } else {
        facts.out > 0 ? .out : .fine
      }
  }

  package var headline: String {
    switch gravity {
    case .empty: facts.undecided > 0 ? "Waiting for the first results" : "No peers are configured"
    case .dead: dead.count == 1 ? "\(dead[0].view.name) has no peer left" : "\(deadCount) have no peer left"
    case .down: "\(Words.number(facts.down)) of \(all) \(facts.down == 1 ? "is" : "are") down"
    case .forced:
      "\(Words.number(facts.forced)) of \(all) \(facts.forced == 1 ? "is" : "are") forced up against the votes"
    case .out: "\(Words.number(facts.out)) of \(all) taken out"
    case .fine: fine
    }
  }

  /// A second line, smaller; empty: there is nothing to add.
  package var remark: String {
    switch gravity {
    case .empty: ""
    case .dead: ([named, downCount] + others).compactMap(\.self).joined(separator: " · ")
    case .down, .forced, .out: ([place] + others).joined(separator: " · ")
    case .fine: facts.failing > 0 ? "\(Words.number(facts.failing)) failing, not yet down" : ""
    }
  }

  /// The trouble, for the tab's title.
  package var short: String {
    guard facts.stale else { return trouble }
    return [.fine, .empty].contains(gravity) ? "stale" : "stale, \(trouble)"
  }

  private var trouble: String {
    switch gravity {
    case .empty: facts.undecided > 0 ? "starting" : "no peers"
    case .dead: dead.count == 1 ? "\(dead[0].view.name) has no peer left" : "\(deadCount) without a peer"
    case .down: "\(Words.number(facts.down)) down"
    case .forced: "\(Words.number(facts.forced)) forced up"
    case .out: "\(Words.number(facts.out)) taken out"
    case .fine: facts.unchecked == facts.peers ? "nothing checked" : "all up"
    }
  }

  private var fine: String {
    if facts.unchecked == facts.peers { return "\(all), none of them checked" }
    let checked = facts.peers - facts.unchecked
    if checked == 1 { return "The only \(facts.unchecked > 0 ? "checked " : "")peer is up" }
    return "All \(Words.number(checked)) \(facts.unchecked > 0 ? "checked " : "")peers are up"
  }

  private var all: String { Words.count(facts.peers, "peer") }
  private var deadCount: String { Words.count(dead.count, "upstream") }

  /// Which upstreams, where the headline has only their number.
  private var named: String? {
    guard dead.count > 1 else { return nil }
    let shown = dead.prefix(3).map(\.view.name.text).joined(separator: ", ")
    return dead.count > 3 ? "\(shown) and \(dead.count - 3) more" : shown
  }

  private var downCount: String? {
    guard facts.down > 0 else { return nil }
    if facts.down == facts.peers { return facts.peers == 1 ? "its only peer is down" : "all \(all) are down" }
    return "\(Words.number(facts.down)) of \(all) \(facts.down == 1 ? "is" : "are") down"
  }

  /// What is grave too, and not in the headline.
  private var others: [String] {
    var parts: [String] = []
    if facts.forced > 0, gravity != .forced {
      parts.append("\(Words.number(facts.forced)) forced up against the votes")
    }
    if facts.out > 0, gravity != .out { parts.append("\(Words.number(facts.out)) taken out") }
    return parts
  }

  private var place: String {
    let touched = facts.upstreams.filter { $0.down + $0.out + $0.forced > 0 }
    guard touched.count == 1, let first = touched.first else {
      return "in \(touched.count) of \(facts.upstreams.count) upstreams"
    }
    return "in \(first.view.name)"
  }
}
