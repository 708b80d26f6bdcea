package import Cluster
package import Health
package import Ledger

/// What an invariant gets to see: all of it, as nobody in a real cluster can.
package enum Sight {
  case started(SimulatedNode)
  /// Its process is gone.
  case ended(SimulatedNode)
  /// It ends because another process is said to run under its name.
  case refused(SimulatedNode)
  /// The machine has taken an event; what it wants done comes next.
  case took(SimulatedNode, MachineEvent)
  /// A question leaves a node.
  case asked(SimulatedNode, LedgerTicket, LedgerRequest)
  /// A server has performed a request, and this came of it.
  case performed(Performed)
  case showed(SimulatedNode, BoardUpdate)
  case logged(SimulatedNode, LogLine)
  /// A probe ended, and this was told to the node.
  case probed(SimulatedNode, peer: Int, Outcome.Verdict)
  /// A backend has turned.
  case turned(peer: Int, isGood: Bool)
  case began(Fault)
  case faultEnded(Fault)
  /// Half a second has gone by.
  case swept
  /// The run is over.
  case over
}

/// A request, who performed it and what became of it.
package struct Performed {
  package var server: Int
  /// Other servers are not the one whose word counts in the end.
  package var isPrimary: Bool
  /// The number of the asking node.
  package var node: Int
  package var run: String
  package var ticket: LedgerTicket
  package var request: LedgerRequest
  package var answer: LedgerAnswer
  /// The server's clock.
  package var time: LedgerTime
}

/// Objects when a promise is broken. Each promise of docs/guarantees.md has one.
package protocol Invariant: Sendable {
  /// What it holds, in a sentence.
  static var promise: String { get }
  init()
  mutating func see(_ sight: Sight, in world: World)
}

extension Invariant {
  package static var name: String { "\(Self.self)" }

  func object(_ what: @autoclosure () -> String, in world: World) {
    world.object(Self.name, what())
  }
}

/// A promise that was broken.
package struct Objection: Hashable, Sendable {
  package var invariant: String
  package var atMs: Int64
  package var what: String
}

/// All of them, each in a file of its own.
package enum Invariants {
  package static let all: [any Invariant.Type] = [
    AWakeUpIsAlwaysPending.self,
    CommitsAreDoneOnce.self,
    CommitsArePaced.self,
    CommitsOnlyUnderTheLease.self,
    ConvergesAfterQuiet.self,
    DefinitionByMajority.self,
    EveryPeerHasAProber.self,
    FollowersKeepUp.self,
    HeldWithoutEvidence.self,
    KeyedByName.self,
    LivingMembersStay.self,
    NoGaps.self,
    NoMoreThanTheProbers.self,
    NoTransitionOfOurOwnMaking.self,
    NobodyColdOverwrites.self,
    NothingGoesBack.self,
    OneCommitterPerTerm.self,
    OverrideOnTop.self,
    QueuesHaveLimits.self,
    QuorumOfFreshVotes.self,
    RestartsAreNotRefused.self,
    ResyncOnlyAfterALoss.self,
    RevisionsGrow.self,
    SettlesFirst.self,
    SomebodyLeads.self,
    StaleIsNeverServedAsConfirmed.self,
    StreamAndStatusAgree.self,
    TermsGrow.self,
    TheDeadAreSilent.self,
    TrueChangesAreDecided.self,
    ViewsAreOfTheStream.self,
    WrittenAgain.self,
  ]
}
