/// The rules that keep the promises of docs/guarantees.md when something goes wrong, by name.
///
/// Every node keeps them all. The simulation takes them away one by one, to see that its checkers object: a rule that
/// nobody misses is not needed, or nobody watches what it is for.
package enum Safeguard: UInt64, CaseIterable, Hashable, Sendable {
  // Leases and commits.

  /// Decisions are written for two thirds of a lease, not up to its end and beyond.
  case leaseMargin
  /// A lease counts from when it was asked for, not from the answer.
  case leaseCountsFromAsking
  /// A bid carries the highest term ever seen, so that a ledger which lost its own gives a higher one.
  case termFloor
  /// A resync carries the highest sequence number ever seen.
  case sequenceFloor
  /// A commit names the one that it builds on: what was written without an event is in no number.
  case commitsBuildOnTheLast
  /// What may have been written is sent again as it was, and the ledger knows it by its id.
  case identicalRetry
  /// A lease whose holder is silent is replaced, whatever its end says.
  case silentHolderReplaced
  /// Who only shows an upstream, and followed a branch that is gone, has somebody lead under a higher term.
  case watchersOverrule
  /// A leader that finds less in the ledger than it knows writes everything again.
  case resync
  /// After a start or a lost ledger nothing is decided, and nobody dropped, before all have been heard.
  case settling
  /// A lapse after which the ledger tells the same is outlived: nobody settles anew.
  case lapsesOutlived
  /// After a lapse nothing is decided before all have been heard again.
  case allHeardAgain
  /// Who settles does not lead while somebody lives who is steady.
  case steadyFirst
  /// Where those that carry the target know nothing, those lead who know.
  case knowersLead
  /// A leader that knows nothing rebuilds the upstream from whatever the ledger still has of it.
  case remainsRead
  /// Who got a lead that it has no use for keeps it until it has heard of the others' settings.
  case leadKeptAWhile
  /// Who may not commit does not lead while somebody may.
  case committersLead
  /// Who was not heard a moment ago is handed no lead.
  case livingSuccessor
  /// Who knows nothing does not lead while somebody lives who knows more.
  case warmFirst

  // Votes.

  /// As many votes as the quorum says.
  case quorum
  /// Only who is assigned to a peer now votes on it.
  case assignedVotes
  /// Who may not report neither probes nor votes.
  case reportersVote
  /// Who was not heard for as long as a silent member counts has no vote, though it may still count.
  case silentVoters
  /// A view whose probes are overdue is no vote.
  case lateness
  /// A node's own trouble is no failure of a peer.
  case localErrorsAbstain
  /// What was measured across a pause is discarded.
  case pausesDiscarded
  /// Who takes a peer over starts from what was decided of it.
  case viewFromConsensus
  /// An override that was lifted with its peer stays lifted, whoever remembers it.
  case liftedForGood
  /// A peer keeps its state by its name, wherever it stands in the list.
  case keyedByName

  // Nodes.

  /// A member is silent by what this node saw of its beats, not by anybody's wall clock.
  case membersByObservation
  /// A definition comes into force when more than half carry it.
  case definitionByMajority
  /// What the index names, and nobody has, is deleted.
  case strayEntriesRemoved
  /// After a loss, all tell everything again.
  case toldAgain
  /// What is heard of others' reports is counted by its number, and only what is missing is read.
  case reportsCounted
  /// Who does not have an upstream any more takes back what it had reported of it.
  case endReported
  /// Reports that were not heard are read.
  case missedReportsRead
  /// They are read a moment after a heartbeat tells of them, not a heartbeat later.
  case missedReportsReadSoon
  /// A leader compares with every heartbeat whether there is an override that it did not hear.
  case wordsCompared
  /// What is refused is asked again after a rest, each time a longer one.
  case backOff
  /// Who is missing is told to the ledger again, after it lost that.
  case missingToldAgain

  // Followers.

  /// An event is taken only as the next one after what is known.
  case gaplessEvents
  /// What a leader of the past says is no news.
  case fencedEvents
  /// Where the ledger stands is compared with every heartbeat.
  case standingsCompared
  /// Of an upstream that was deleted nothing is shown.
  case deletedHidden
  /// Terms are compared together with the run that has them: Redis may give one twice.
  case runsCompared
  /// What the ledger did not confirm is shown as stale.
  case staleShown
  /// What could not be read for some heartbeats is shown as stale, though heartbeats get through.
  case readingsAge
  /// Where too few peers are up it is said, by the leader and once.
  case panicTold
}

/// Those that a machine keeps to.
package struct Safeguards: Hashable, Sendable {
  package static let all = Safeguards(missing: 0)

  private var missing: UInt64

  package static func without(_ safeguard: Safeguard) -> Safeguards {
    Safeguards(missing: 1 << UInt64(safeguard.rawValue))
  }

  func keep(_ safeguard: Safeguard) -> Bool { missing & (1 << UInt64(safeguard.rawValue)) == 0 }

  package var isWhole: Bool { missing == 0 }
}
