import Health
import Ledger

/// One call of the machine: when, who, among whom, and what came of it.
struct Context {
  let moment: Moment
  let identity: Identity
  var cluster: ClusterState
  var routes: ProbeRoutes
  /// The number of the last batch of reports.
  var batches: UInt64
  var actions: [MachineAction]
  var retryBudget: RetryBudget
  /// Nodes that have reported more than was heard or read here.
  var missedNodes: Set<String>

  /// Who this node is, at the price of a pointer: a step is made for each event.
  final class Identity: Sendable {
    let profile: NodeProfile
    let policy: Policy

    init(_ profile: NodeProfile) {
      self.profile = profile
      policy = Policy(profile.safeguards)
    }
  }

  var profile: NodeProfile { _read { yield identity.profile } }

  var policy: Policy { identity.policy }

  var nowMs: Int64 { moment.steadyMs }

  mutating func log(_ line: LogLine) { actions.append(.log(line)) }
}

/// What an upstream's machine may know of the nodes.
struct ClusterState: Sendable {
  var contact = ClusterView.Contact.lost
  var roster = Roster()
  /// The ledger knows this run as the node of its name.
  var isRegistered = false
  /// Counts the time in which the ledger answered: ms.
  var observedMs: Int64 = 0
  /// Results of probes that began before this moment mean nothing: steady ms.
  var notBeforeMs: Int64 = .min
  /// This node cannot know yet who there is, and will decide nothing for a while.
  var settlesLong = false
  /// Somebody may be steady who was not heard yet.
  var looksForTheSteady = false

  /// The last answer to a heartbeat told a new one of this node, too.
  func isHeard(_ node: String, heartbeatMs: Int64) -> Bool {
    roster.nodes.contains { $0.name == node && observedMs - $0.heardMs < heartbeatMs }
  }

  /// Nodes that count, and were not heard for so long by this node's own clock that they may have ended long ago: it has
  /// stood still itself, or the ledger has.
  func silent(at nowMs: Int64, afterMs: Int64) -> Set<String> {
    Set(roster.nodes.lazy.filter { nowMs - $0.heardSteadyMs >= afterMs }.map(\.name))
  }

  /// The ledger answers, and knows this node.
  var isInTouch: Bool { isRegistered && contact != .lost }

  /// Transitions may be decided.
  var maySettle: Bool { isRegistered && (contact == .steady || contact == .alone) }
}
