import Health
import Ledger
import LedgerTestKit
import Testing

/// Where an upstream stands is compared by term and run: Redis may give a term twice.
@Suite struct PositionTests {
  private static let place = Position(term: 5, run: "r", seq: 10)

  struct Heard: Sendable {
    var term: UInt64 = 5
    var run = "r"
    var seq: UInt64
    var isResync = false
    var judged: Position.Judgement
  }

  static let heard = [
    Heard(seq: 11, judged: .next),
    Heard(seq: 10, judged: .seen),
    Heard(seq: 3, judged: .seen),
    Heard(seq: 12, judged: .gap),
    Heard(seq: 11, isResync: true, judged: .gap),
    Heard(seq: 10, isResync: true, judged: .seen),
    // The same term, and another run: never the next event, and never one that was seen.
    Heard(run: "s", seq: 11, judged: .otherLeader),
    Heard(run: "s", seq: 12, judged: .otherLeader),
    Heard(run: "s", seq: 10, judged: .otherLeader),
    Heard(run: "s", seq: 3, judged: .otherLeader),
    // Another term.
    Heard(term: 6, run: "s", seq: 11, judged: .otherLeader),
    Heard(term: 6, seq: 11, judged: .otherLeader),
    Heard(term: 6, run: "s", seq: 3, judged: .otherLeader),
    Heard(term: 4, run: "s", seq: 11, judged: .otherLeader),
    Heard(term: 4, run: "s", seq: 10, judged: .seen),
  ]

  @Test(arguments: heard) func anEventIsJudgedByTermRunAndNumber(_ heard: Heard) {
    let change = heard.isResync ? LedgerEvent.Change.resync : LedgerContract.transition(to: .down)
    let event = LedgerEvent(
      upstream: LedgerContract.upstream, seq: heard.seq, term: heard.term, run: heard.run, leader: "a",
      atMs: 1, change: change)
    #expect(Self.place.judge(event) == heard.judged)
  }

  struct Other: Sendable {
    var term: UInt64 = 5
    var run = "r"
    var seq: UInt64
    var relation: Position.Relation
    /// Seen from the other.
    var converse: Position.Relation
  }

  static let others = [
    Other(seq: 10, relation: .same, converse: .same),
    Other(seq: 11, relation: .ahead, converse: .behind),
    Other(seq: 9, relation: .behind, converse: .ahead),
    Other(term: 6, run: "s", seq: 2, relation: .ahead, converse: .behind),
    Other(term: 6, seq: 2, relation: .ahead, converse: .behind),
    Other(term: 4, run: "s", seq: 99, relation: .behind, converse: .ahead),
    Other(run: "s", seq: 9, relation: .otherBranch, converse: .otherBranch),
    Other(run: "s", seq: 10, relation: .otherBranch, converse: .otherBranch),
    Other(run: "s", seq: 11, relation: .otherBranch, converse: .otherBranch),
  ]

  @Test(arguments: others) func twoRunsOfOneTermAreTwoBranches(_ other: Other) {
    let position = Position(term: other.term, run: other.run, seq: other.seq)
    #expect(Self.place.relation(of: position) == other.relation)
    #expect(position.relation(of: Self.place) == other.converse)
  }
}
