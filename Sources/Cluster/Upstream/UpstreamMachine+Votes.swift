import Health
import Ledger

extension UpstreamMachine {
  /// The fresh votes of the assigned probers on a peer.
  func votes(on place: Int, _ step: Step) -> Votes {
    var up = 0
    var down = 0
    for prober in assignment.probers(of: place) {
      switch vote(of: prober, on: place, step) {
      case .up?: up += 1
      case .down?: down += 1
      case nil: break
      }
    }
    if !step.keeps(.assignedVotes) {
      let others = sheets.filter { !assignment.nodes.contains($0.key) }.values
      down += others.count { $0.reports[peers[place].record.peer]?.state == .down }
    }
    return Votes(
      up: up, down: down, assigned: assignment.width, quorum: checker?.quorum ?? .majority,
      wanted: wantedProbers(step))
  }

  /// A node without a ledger to share is all that there is to ask for.
  private func wantedProbers(_ step: Step) -> Int? { step.profile.sharing == nil ? nil : checker?.probers }

  private func vote(of prober: Int, on place: Int, _ step: Step) -> PeerState? {
    if assignment.nodes[prober] == step.profile.node { return peers[place].vote }
    // What it tells last is what it could tell last.
    if probers[prober].refused.contains(.reports), step.keeps(.reportersVote) { return nil }
    guard let report = report(of: prober, on: place), !report.late else { return nil }
    return report.state
  }

  /// What another prober's present run reports of a peer.
  private func report(of prober: Int, on place: Int) -> Report? {
    guard let sheet = sheets[assignment.nodes[prober]], sheet.run == probers[prober].run else { return nil }
    return sheet.reports[peers[place].record.peer]
  }

  /// Why a peer is `state`: the code that most of the probers give who say so, in the words of the first of them, this
  /// node before others. One prober's own trouble is not the reason where the others agree on another.
  func reason(for state: PeerState, _ place: Int, _ step: Step) -> (code: String, sentence: String) {
    let reasons = reasons(for: state, place, step)
    var counts: [String: Int] = [:]
    for reason in reasons { counts[reason.code, default: 0] += 1 }
    let most = counts.values.max()
    return reasons.first { counts[$0.code] == most } ?? ("", "")
  }

  /// Of each prober that sees the peer so; this node's comes first.
  private func reasons(
    for state: PeerState, _ place: Int, _ step: Step
  ) -> [(code: String, sentence: String)] {
    var reasons: [(code: String, sentence: String)] = []
    if peers[place].vote == state, let last = peers[place].last {
      let own = Outcome(last.verdict)
      reasons.append((own.code, sentence(own.code, last.detail, peers[place].streak.ok, place)))
    }
    for prober in assignment.probers(of: place) {
      guard let report = report(of: prober, on: place), !report.late, report.state == state else { continue }
      let sentence = sentence(report.code, report.detail, report.ok, place)
      reasons.append((report.code, "\(sentence) (seen by \(assignment.nodes[prober]))"))
    }
    return reasons
  }

  private func sentence(_ code: String, _ detail: String, _ successes: UInt32, _ place: Int) -> String {
    guard let failure = Failure(code: code) else { return "\(successes) success(es) in a row" }
    return failure.sentence(peer: peers[place].record.peer, detail: detail)
  }
}
