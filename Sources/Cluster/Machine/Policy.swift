import Health
import Ledger

/// The rules of `Safeguard` as the decisions ask for them: nothing else knows that the simulation can take one away.
struct Policy: Sendable {
  private let safeguards: Safeguards

  init(_ safeguards: Safeguards) { self.safeguards = safeguards }

  private func keeps(_ safeguard: Safeguard) -> Bool { safeguards.keep(safeguard) }

  // MARK: Leases and commits

  /// Decisions are written for so many thirds of a lease: a slow answer, or a clock that runs fast, does no harm.
  var usableThirds: Int64 { keeps(.leaseMargin) ? 2 : 4 }

  /// From when a lease counts that was asked for and granted at these moments.
  func leaseStartMs(askedMs: Int64, grantedMs: Int64) -> Int64 {
    keeps(.leaseCountsFromAsking) ? askedMs : grantedMs
  }

  /// The term that a bid says is known, where this is the highest.
  func termToBid(knowing highest: UInt64) -> UInt64 { keeps(.termFloor) ? highest : 0 }

  /// A lease of this term is outdated where this one is known.
  func isOutdated(_ term: UInt64, knowing highest: UInt64) -> Bool { keeps(.termFloor) && term < highest }

  /// Below what a resync gives no number out, where this is the highest that is known.
  func sequenceFloor(knowing highest: UInt64) -> UInt64 { keeps(.sequenceFloor) ? highest : 0 }

  /// The commit that the next one names as the one it builds on.
  func predecessor(_ commit: String) -> String { keeps(.commitsBuildOnTheLast) ? commit : "" }

  /// Two heads of one number were made by different commits.
  func areOfOtherCommits(_ one: String, _ other: String) -> Bool {
    one != other && keeps(.commitsBuildOnTheLast)
  }

  var repeatsIdentically: Bool { keeps(.identicalRetry) }
  var replacesSilentHolders: Bool { keeps(.silentHolderReplaced) }
  var letsWatchersOverrule: Bool { keeps(.watchersOverrule) }
  var resyncs: Bool { keeps(.resync) }
  var readsRemains: Bool { keeps(.remainsRead) }
  var keepsNewLeadAWhile: Bool { keeps(.leadKeptAWhile) }

  // MARK: Who may lead

  var wantsCommittersToLead: Bool { keeps(.committersLead) }
  var wantsKnowersToLead: Bool { keeps(.knowersLead) }
  var wantsSteadyFirst: Bool { keeps(.steadyFirst) }
  var wantsWarmFirst: Bool { keeps(.warmFirst) }
  var wantsLivingSuccessor: Bool { keeps(.livingSuccessor) }

  // MARK: After a start or a lost ledger

  /// How long it is before anything is decided, of what the settings say: ms.
  func settlingMs(_ ms: Int64) -> Int64 { keeps(.settling) ? ms : 0 }

  var outlivesLapses: Bool { keeps(.lapsesOutlived) }

  /// Who is to be heard again after a lapse.
  func unheard(_ members: [Member]) -> [Member] { keeps(.allHeardAgain) ? members : [] }

  var tellsPanic: Bool { keeps(.panicTold) }
  var tellsAgainAfterALoss: Bool { keeps(.toldAgain) }
  var tellsMissingAgain: Bool { keeps(.missingToldAgain) }

  // MARK: Votes

  /// What the votes come to.
  func decision(of votes: Votes) -> PeerState? {
    if !keeps(.quorum), votes.down + 1 >= votes.needed, votes.down > 0 { return .down }
    return votes.decision
  }

  var countsOnlyAssigned: Bool { keeps(.assignedVotes) }
  var mutesWhoMayNotReport: Bool { keeps(.reportersVote) }

  /// What was told by who could not report since is no vote.
  var voidsOldReports: Bool { keeps(.reportersVote) && keeps(.silentVoters) }

  /// Who has no vote, of those who were not heard for long.
  func muted(_ silent: Set<String>) -> Set<String> { keeps(.silentVoters) ? silent : [] }

  /// After how many ms without a result a view is none any more.
  func overdueMs(_ checker: Checker) -> Int64 {
    keeps(.lateness) ? ProbeSchedule.overdueMs(checker: checker) : .max
  }

  /// A node's own trouble is no failure of a peer.
  func counted(_ verdict: Outcome.Verdict) -> Outcome.Verdict {
    if case .local = verdict, !keeps(.localErrorsAbstain) { return .failure(.connectFailed) }
    return verdict
  }

  /// The node was not called for so long that it stood still: ms.
  func isPause(_ ms: Int64) -> Bool { ms > Machine.pauseMs && keeps(.pausesDiscarded) }

  /// From what a node starts that takes over a peer of which this was decided.
  func firstView(_ decided: PeerState) -> PeerState { keeps(.viewFromConsensus) ? decided : .up }

  var keepsLiftedOverridesLifted: Bool { keeps(.liftedForGood) }
  var findsPeersByName: Bool { keeps(.keyedByName) }

  // MARK: Nodes

  /// By which clock members are silent: that of what this node saw of their beats.
  func memberClockMs(observedMs: Int64, wallMs: Int64) -> Int64 {
    keeps(.membersByObservation) ? observedMs : wallMs
  }

  /// The definition that should be in force: that of most, whatever one's own settings say.
  func target(ofMost most: String?, own: String) -> String? {
    keeps(.definitionByMajority) || own.isEmpty ? most : own
  }

  var removesStrays: Bool { keeps(.strayEntriesRemoved) }
  var countsReports: Bool { keeps(.reportsCounted) }
  var takesBackReports: Bool { keeps(.endReported) }
  var readsMissedReports: Bool { keeps(.missedReportsRead) }

  /// How long a report that a heartbeat tells of may still be on its way: ms.
  func patienceMs(soonMs: Int64, heartbeatMs: Int64) -> Int64 {
    keeps(.missedReportsReadSoon) ? soonMs : heartbeatMs
  }

  var comparesOverrides: Bool { keeps(.wordsCompared) }
  var backsOff: Bool { keeps(.backOff) }

  // MARK: Followers

  var takesOnlyTheNextEvent: Bool { keeps(.gaplessEvents) }
  var judgesEvents: Bool { keeps(.fencedEvents) }
  var comparesHeads: Bool { keeps(.standingsCompared) }
  var hidesDeleted: Bool { keeps(.deletedHidden) }

  /// A position to be compared with `head`: two runs of one term are two leaders.
  func comparable(_ position: Position, with head: Head) -> Position {
    guard !keeps(.runsCompared), position.term == head.term else { return position }
    return Position(term: position.term, run: head.run, seq: position.seq)
  }

  var tellsRunsApart: Bool { keeps(.runsCompared) }
  var showsStale: Bool { keeps(.staleShown) }
  var ageOfReadingsCounts: Bool { keeps(.readingsAge) }
}
