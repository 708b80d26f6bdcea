import Cluster
import Health
import Ledger

/// What happened, in lines that a person can follow: when, where, what.
package final class Transcript {
  package private(set) var lines: [String] = []
  /// Each probe, too.
  private let withProbes: Bool

  package init(withProbes: Bool = false) {
    self.withProbes = withProbes
  }

  func add(_ who: String, _ what: String, at us: Int64) {
    lines.append("\(Self.time(us))  \(Self.padded(who, 5))  \(what)")
  }

  func logged(_ line: LogLine, _ node: SimulatedNode, at us: Int64) {
    if case .probeFailed = line, !withProbes { return }
    add(node.name, line.text, at: us)
  }

  func probed(_ peer: PeerName, _ verdict: Outcome.Verdict, _ node: SimulatedNode, at us: Int64) {
    if withProbes { add(node.name, "probe of \(peer): \(Outcome(verdict).code)", at: us) }
  }

  func performed(_ performed: Performed, at us: Int64) {
    guard let text = performed.told else { return }
    let place = performed.isPrimary ? "redis" : "old"
    add(place, "\(Setup.node(performed.node)): \(text)", at: us)
  }

  func began(_ planned: PlannedFault, at us: Int64) {
    let length = planned.forMs > 0 ? ", for \(Self.seconds(planned.forMs)) s" : ""
    add("fault", "\(planned.fault.text)\(length)", at: us)
  }

  func ended(_ planned: PlannedFault, at us: Int64) {
    add("fault", "over: \(planned.fault.text)", at: us)
  }

  /// Seconds with three digits after the point.
  static func time(_ us: Int64) -> String {
    padded(seconds(us / 1000), 8, left: true)
  }

  static func seconds(_ ms: Int64) -> String {
    let rest = ms % 1000
    return "\(ms / 1000)." + (rest < 10 ? "00" : rest < 100 ? "0" : "") + "\(rest)"
  }

  private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(width - text.count, 0))
    return left ? spaces + text : text + spaces
  }
}

extension Performed {
  /// What is worth a line; nil: nothing.
  fileprivate var told: String? {
    switch (request, answer) {
    case (.acquire, .granted(let lease, _)): "has the lease, term \(lease.holder.term % 100_000_000)"
    case (.acquire, .held(let lease)): "is refused the lease, which is \(lease.holder.node)'s"
    case (.handOver, .handedOver(let lease)): "hands the lease over to \(lease.holder.node)"
    case (.release, .released): "gives the lease up"
    case (.renew, .lost): "has lost the lease"
    case (.commit(let commit), .committed(let seq, _)): "commit \(commit.shortID): \(commit.text), seq \(seq)"
    case (.commit(let commit), .already): "commit \(commit.shortID) is there already"
    case (.commit(let commit), .outOfStep(let head)):
      "commit \(commit.shortID) is refused: the ledger is at \(head.seq), not \(commit.expectedSeq)"
    case (.commit(let commit), .lost): "commit \(commit.shortID) is refused: not the holder of the lease"
    case (.delete, .deleted): "deletes the upstream"
    case (.heartbeat, .occupied(let member)): "its name is taken by run \(member.run)"
    default: nil
    }
  }
}

extension Commit {
  fileprivate var shortID: String {
    id.split(separator: ".").dropFirst().joined(separator: ".")
  }

  fileprivate var text: String {
    let told = changes.map { change in
      switch change {
      case .transition(let turn):
        "\(turn.peer) \(turn.to.rawValue) (\(turn.votes.up) up, \(turn.votes.down) down of \(turn.votes.assigned))"
      case .definition: "a definition"
      case .resync: "everything again"
      case .override(let peer, let state, _, _): "\(peer) set to \(state.rawValue)"
      }
    }
    return told.isEmpty ? "evidence of \(records.count)" : told.joined(separator: ", ")
  }
}
