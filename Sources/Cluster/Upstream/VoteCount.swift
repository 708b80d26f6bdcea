import Health
import Ledger

/// Counts the fresh votes of the assigned probers. It changes nothing: what it needs is given to it.
struct VoteCount {
  let node: String
  let peers: PeerTable
  let assignment: Assignment
  /// Those of the assignment, in its order.
  let probers: [Group.Participant]
  /// What the others report.
  let reportsByNode: [String: NodeReports]
  let checker: Checker?
  /// Who was not heard for too long: what it told is no view of now.
  let silent: Set<String>
  /// The votes are those of several nodes, not only of this one.
  let isShared: Bool
  let policy: Policy

  func votes(on index: Int) -> Votes {
    var up = 0
    var down = 0
    for prober in assignment.probers(of: index) {
      switch vote(of: prober, on: index) {
      case .up?: up += 1
      case .down?: down += 1
      case nil: break
      }
    }
    if !policy.countsOnlyAssigned {
      let others = reportsByNode.filter { !assignment.nodes.contains($0.key) }.values
      down += others.count { $0.reports[peers[index].record.peer]?.state == .down }
    }
    // A node without a ledger to share is all that there is to ask for.
    return Votes(
      up: up, down: down, assigned: assignment.width, quorum: checker?.quorum ?? .majority,
      wanted: isShared ? checker?.probers : nil)
  }

  private func vote(of prober: Int, on index: Int) -> PeerState? {
    if assignment.nodes[prober] == node { return peers[index].vote }
    // What it tells last is what it could tell last.
    if probers[prober].refused.contains(.reports), policy.mutesWhoMayNotReport { return nil }
    if silent.contains(assignment.nodes[prober]) { return nil }
    guard let report = report(of: prober, on: index), !report.late else { return nil }
    return report.state
  }

  /// What another prober's present run reports of a peer.
  private func report(of prober: Int, on index: Int) -> Report? {
    guard let nodeReports = reportsByNode[assignment.nodes[prober]], nodeReports.run == probers[prober].run
    else { return nil }
    return nodeReports.reports[peers[index].record.peer]
  }

  // MARK: Why

  /// Why a peer is `state`: the code that most of the probers give who say so, in the words of the first of them, this
  /// node before others. One prober's own trouble is not the reason where the others agree on another.
  func reason(for state: PeerState, _ index: Int) -> (code: String, sentence: String) {
    let reasons = reasons(for: state, index)
    var counts: [String: Int] = [:]
    for reason in reasons { counts[reason.code, default: 0] += 1 }
    let most = counts.values.max()
    return reasons.first { counts[$0.code] == most } ?? ("", "")
  }

  /// Of each prober that sees the peer so; this node's comes first.
  private func reasons(for state: PeerState, _ index: Int) -> [(code: String, sentence: String)] {
    var reasons: [(code: String, sentence: String)] = []
    if peers[index].vote == state, let own = peers[index].report {
      reasons.append((own.code, sentence(own.code, own.detail, own.ok, index)))
    }
    for prober in assignment.probers(of: index) {
      guard let report = report(of: prober, on: index), !report.late, report.state == state else { continue }
      let sentence = sentence(report.code, report.detail, report.ok, index)
      reasons.append((report.code, "\(sentence) (seen by \(assignment.nodes[prober]))"))
    }
    return reasons
  }

  private func sentence(_ code: String, _ detail: String, _ successes: UInt32, _ index: Int) -> String {
    guard let failure = Failure(code: code) else { return "\(successes) success(es) in a row" }
    return failure.sentence(peer: peers[index].record.peer, detail: detail)
  }
}
