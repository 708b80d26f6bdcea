import Cluster
import Health
import Ledger

package struct RequestsArePaced: Invariant {
  package static let promise = """
    Nothing is repeated without a pause: a node asks at most so often in a second for one thing of one upstream, and far less \
    often while it is refused
    """
  package static let looksAt: TraceEvent.Kinds = [.started, .took, .asked, .inquired]

  /// Requests of one kind for one upstream in a second of the node's own clock: a pause of 100 ms is between them, and two may
  /// follow at once.
  private static let most = 12
  /// The same, of those that come after a refusal: rests of 50, 100, 200 and 400 ms at least, and what was refused when it
  /// was news.
  private static let mostRefused = 6
  /// All kinds together.
  private static let mostOfAll = 40

  private enum Kind: Hashable {
    case lease, renewal, handOver, commit, delete, report, heartbeat, nodeInfo, missing
    case snapshot, remains
    case reports(of: [String])
    case nodeInfos, index, headReadings
  }

  private struct Line: Hashable {
    var node: Int
    var upstream: UpstreamName?
    /// Nil: all of them.
    var kind: Kind?
  }

  /// What was asked in the last second, oldest first: ms of the node's clock that never goes back.
  private struct Recent {
    var askedMs: [Int64] = []
    var repeatedMs: [Int64] = []
    var isRefused = false

    mutating func ask(at nowMs: Int64) {
      askedMs.removeAll { nowMs - $0 >= 1000 }
      repeatedMs.removeAll { nowMs - $0 >= 1000 }
      askedMs.append(nowMs)
      if isRefused { repeatedMs.append(nowMs) }
    }
  }

  private var recent: [Line: Recent] = [:]
  private var open: [Int: [LedgerTicket: Kind]] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node):
      open[node.number] = [:]
      for line in recent.keys where line.node == node.number { recent[line] = nil }
    case .asked(let node, let ticket, let request):
      if let kind = kind(of: request) { ask(kind, ticket, node, world) }
    case .inquired(let node, let ticket, let query): ask(kind(of: query), ticket, node, world)
    case .took(let node, .answered(let ticket, let answer)): settle(ticket, answer.isRefusal, node)
    case .took(let node, .read(let ticket, .success)): settle(ticket, false, node)
    case .took(let node, .read(let ticket, .failure)): settle(ticket, true, node)
    default: break
    }
  }

  private mutating func ask(_ kind: Kind, _ ticket: LedgerTicket, _ node: SimulatedNode, _ world: World) {
    open[node.number, default: [:]][ticket] = kind
    let nowMs = node.steadyMs(at: world.nowUs)
    let line = Line(node: node.number, upstream: ticket.upstream, kind: kind)
    recent[line, default: Recent()].ask(at: nowMs)
    recent[Line(node: node.number, upstream: ticket.upstream), default: Recent()].ask(at: nowMs)
    if let seen = recent[line] {
      if seen.askedMs.count > Self.most {
        object("node \(node.name) asks for \(kind) \(seen.askedMs.count) times in a second", in: world)
      }
      if seen.repeatedMs.count > Self.mostRefused {
        object(
          "node \(node.name) asks for \(kind), which is refused, \(seen.repeatedMs.count) times in a second",
          in: world)
      }
    }
    let all = recent[Line(node: node.number, upstream: ticket.upstream)]?.askedMs.count ?? 0
    if all > Self.mostOfAll { object("node \(node.name) asks \(all) things in a second", in: world) }
  }

  private mutating func settle(_ ticket: LedgerTicket, _ isRefusal: Bool, _ node: SimulatedNode) {
    guard let kind = open[node.number]?.removeValue(forKey: ticket) else { return }
    recent[Line(node: node.number, upstream: ticket.upstream, kind: kind)]?.isRefused = isRefusal
  }

  private func kind(of request: LedgerRequest) -> Kind? {
    switch request {
    case .acquire: .lease
    case .renew: .renewal
    case .handOver: .handOver
    case .commit: .commit
    case .delete: .delete
    case .report: .report
    case .heartbeat(let beat): beat.member.isLeaving ? nil : .heartbeat
    case .describe: .nodeInfo
    case .remember, .forget: .missing
    // Once at an end, and people's.
    case .release, .override: nil
    }
  }

  private func kind(of query: LedgerQuery) -> Kind {
    switch query {
    case .headReadings: .headReadings
    case .snapshot: .snapshot
    case .remains: .remains
    case .reports(_, let nodes): .reports(of: nodes)
    case .nodeInfos: .nodeInfos
    case .upstreams: .index
    }
  }
}

extension Result<LedgerAnswer, LedgerError> {
  fileprivate var isRefusal: Bool {
    switch self {
    case .failure, .success(.held), .success(.lost), .success(.outOfStep), .success(.wholeWanted): true
    case .success: false
    }
  }
}
