import Health
import Ledger
import Reading
import Testing

/// Whose report counts.
@Suite struct BallotTests {
  private func ballots(_ share: ShareRule = Samples.share, _ change: (inout PeerReading) -> Void) -> Ballots {
    var reading = Samples.reading(
      Samples.record(.down), ["a": Samples.refused, "b": Samples.refused, "c": Samples.good])
    change(&reading)
    return Ballots(reading, share: share)
  }

  private func standings(_ ballots: Ballots) -> [Ballot.Standing] { ballots.list.map(\.standing) }

  @Test func whoLivesAndIsInTimeCounts() {
    let ballots = ballots { _ in }
    #expect(ballots.list.map(\.node) == ["a", "b", "c"])
    #expect(standings(ballots) == [.counts, .counts, .counts])
    #expect(ballots.votes == Votes(up: 1, down: 2, assigned: 3, quorum: .majority))
    // No more nodes than probers: all of them.
    #expect(ballots.assigned == ["a", "b", "c"])
  }

  @Test func eachReasonNotToCount() {
    let ballots = ballots { reading in
      reading.members[0].run = "another"
      reading.members[1].isLeaving = true
      reading.members[2].atMs -= 9000
      reading.sheets["d"] = ReportSheet(run: "rd", rev: 1, reports: [Samples.peer: Samples.refused])
      var late = Samples.refused
      late.late = true
      reading.members.append(contentsOf: Samples.members(["e"]))
      reading.sheets["e"] = ReportSheet(run: "re", rev: 1, reports: [Samples.peer: late])
    }
    #expect(standings(ballots) == [.runGone, .leaving, .silent(9400), .noMember, .late])
    #expect(ballots.votes.up + ballots.votes.down == 0)
  }

  @Test func whereTheDefinitionIsLostWhoeverReportsCounts() {
    let ballots = ballots { $0.snapshot.definition = nil }
    #expect(ballots.assigned == nil && ballots.votes.assigned == 3)
    #expect(standings(ballots) == [.counts, .counts, .counts])
  }

  /// With the cluster's rule: an old report of a node that has handed the peer over does not count, and who is to vote
  /// and has not is told.
  @Test func theRuleTellsWhoShouldVote() {
    let share = ShareRule { upstream, peer, probers, nodes in
      #expect(upstream == Samples.upstream && peer == Samples.peer && probers == 3)
      // c is silent and takes no part.
      #expect(nodes == ["a", "b", "d"])
      return ["d", "b"]
    }
    let ballots = ballots(share) { reading in
      reading.members[2].atMs -= 60_000
      reading.members.append(contentsOf: Samples.members(["d"]))
      reading.cards.merge(Samples.cards(["d"])) { $1 }
    }
    #expect(ballots.list.map(\.node) == ["a", "b", "c", "d"])
    #expect(standings(ballots) == [.notAssigned, .counts, .silent(60_400), .missing])
    #expect(ballots.votes == Votes(up: 0, down: 1, assigned: 2, quorum: .majority, wanted: 3))
    #expect(ballots.assigned == ["d", "b"])
  }
}
