import Health
import Testing

@Suite struct VotesTests {
  static let quorums: [Quorum] = [.majority, .any, .all, .count(1), .count(2), .count(3), .count(9)]

  @Test(arguments: [
    (Quorum.majority, 1, 1), (.majority, 2, 2), (.majority, 3, 2), (.majority, 4, 3), (.majority, 5, 3),
    (.any, 5, 1),
    (.all, 5, 5), (.count(2), 5, 2), (.count(2), 1, 1), (.count(9), 3, 3), (.count(0), 3, 1),
    (.majority, 0, 1),
  ])
  func needsSoManyDownVotes(quorum: Quorum, assigned: Int, needed: Int) {
    #expect(quorum.needed(of: assigned) == needed)
  }

  /// All combinations of votes up to five probers: down at the quorum, up when the rest could not reach it, held otherwise.
  @Test(arguments: quorums)
  func decidesByTheRule(quorum: Quorum) {
    for assigned in 1...5 {
      for down in 0...assigned {
        for up in 0...(assigned - down) {
          let votes = Votes(up: up, down: down, assigned: assigned, quorum: quorum)
          let open = assigned - up - down
          let decision = votes.decision
          let needed = quorum.needed(of: assigned)
          #expect((decision == .down) == (down >= needed))
          #expect((decision == .up) == (down < needed && down + open < needed))
        }
      }
    }
  }

  @Test func noProberDecidesNothing() {
    #expect(Votes(up: 0, down: 0, assigned: 0, quorum: .any).decision == nil)
  }

  /// A vote more for a side never turns the decision away from it.
  @Test(arguments: quorums)
  func isMonotonic(quorum: Quorum) {
    for assigned in 1...5 {
      for down in 0..<assigned {
        for up in 0..<(assigned - down) {
          let now = Votes(up: up, down: down, assigned: assigned, quorum: quorum).decision
          let oneMoreDown = Votes(up: up, down: down + 1, assigned: assigned, quorum: quorum).decision
          let oneMoreUp = Votes(up: up + 1, down: down, assigned: assigned, quorum: quorum).decision
          if now == .down { #expect(oneMoreDown == .down && oneMoreUp == .down) }
          if now == .up { #expect(oneMoreUp == .up && oneMoreDown == .up) }
        }
      }
    }
  }
}
