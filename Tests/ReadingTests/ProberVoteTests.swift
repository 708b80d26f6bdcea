import Health
import Ledger
import Reading
import Testing

/// Whose report counts.
@Suite struct ProberVoteTests {
  private func proberVotes(
    _ assignmentRule: AssignmentRule = Samples.assignmentRule, _ change: (inout PeerReading) -> Void
  ) -> ProberVotes {
    var reading = Samples.reading(
      Samples.record(.down), ["a": Samples.refused, "b": Samples.refused, "c": Samples.good])
    change(&reading)
    return ProberVotes(reading, assignmentRule: assignmentRule)
  }

  private func headReadings(_ proberVotes: ProberVotes) -> [ProberVote.Standing] {
    proberVotes.list.map(\.standing)
  }

  @Test func whoLivesAndIsInTimeCounts() {
    let proberVotes = proberVotes { _ in }
    #expect(proberVotes.list.map(\.node) == ["a", "b", "c"])
    #expect(headReadings(proberVotes) == [.counts, .counts, .counts])
    #expect(proberVotes.votes == Votes(up: 1, down: 2, assigned: 3, quorum: .majority))
    // No more nodes than probers: all of them.
    #expect(proberVotes.assigned == ["a", "b", "c"])
  }

  @Test func eachReasonNotToCount() {
    let proberVotes = proberVotes { reading in
      reading.members[0].run = "another"
      reading.members[1].isLeaving = true
      reading.members[2].atMs -= 9000
      reading.reportsByNode["d"] = NodeReports(run: "rd", rev: 1, reports: [Samples.peer: Samples.refused])
      var late = Samples.refused
      late.late = true
      reading.members.append(contentsOf: Samples.members(["e"]))
      reading.reportsByNode["e"] = NodeReports(run: "re", rev: 1, reports: [Samples.peer: late])
    }
    #expect(headReadings(proberVotes) == [.runGone, .leaving, .silent(9400), .noMember, .late])
    #expect(proberVotes.votes.up + proberVotes.votes.down == 0)
  }

  @Test func whereTheDefinitionIsLostWhoeverReportsCounts() {
    let proberVotes = proberVotes { $0.snapshot.definition = nil }
    #expect(proberVotes.assigned == nil && proberVotes.votes.assigned == 3)
    #expect(headReadings(proberVotes) == [.counts, .counts, .counts])
  }

  /// With the cluster's rule: an old report of a node that has handed the peer over does not count, and who is to vote
  /// and has not is told.
  @Test func theRuleTellsWhoShouldVote() {
    let assignmentRule = AssignmentRule { upstream, peer, probers, nodes in
      #expect(upstream == Samples.upstream && peer == Samples.peer && probers == 3)
      // c is silent and takes no part.
      #expect(nodes == ["a", "b", "d"])
      return ["d", "b"]
    }
    let proberVotes = proberVotes(assignmentRule) { reading in
      reading.members[2].atMs -= 60_000
      reading.members.append(contentsOf: Samples.members(["d"]))
      reading.nodeInfos.merge(Samples.nodeInfos(["d"])) { $1 }
    }
    #expect(proberVotes.list.map(\.node) == ["a", "b", "c", "d"])
    #expect(headReadings(proberVotes) == [.notAssigned, .counts, .silent(60_400), .missing])
    #expect(proberVotes.votes == Votes(up: 0, down: 1, assigned: 2, quorum: .majority, wanted: 3))
    #expect(proberVotes.assigned == ["d", "b"])
  }
}
