package import Cluster
package import Health
package import Ledger

/// What an invariant gets to see: all of it, as nobody in a real cluster can.
package indirect enum TraceEvent {
  case started(SimulatedNode)
  /// Its process is gone.
  case ended(SimulatedNode)
  /// It ends because another process is said to run under its name.
  case refused(SimulatedNode)
  /// The machine has taken an event; what it wants done comes next.
  case took(SimulatedNode, MachineEvent)
  /// A question leaves a node.
  case asked(SimulatedNode, LedgerTicket, LedgerRequest)
  /// A reading leaves a node.
  case inquired(SimulatedNode, LedgerTicket, LedgerQuery)
  /// A server has performed a request, and this came of it.
  case performed(Performed)
  case showed(SimulatedNode, BoardUpdate)
  case logged(SimulatedNode, LogLine)
  /// A probe ended, and this was told to the node.
  case probed(SimulatedNode, SimulatedWatch, Outcome.Verdict)
  /// A backend has turned, for probes of one time-out.
  case turned(peer: Int, Truth)
  case began(Fault)
  case faultEnded(Fault)
  /// Half a second has gone by.
  case swept
  /// The run is over.
  case over
}

extension TraceEvent {
  /// Its case: most invariants look at a few. `took` is three kinds, since ticks and results of probes alone come eight
  /// thousand times in a run, and hardly anybody looks at them.
  package enum Kind: Int, CaseIterable, Sendable {
    case started, ended, refused, took, ticked, measured, asked, inquired, performed, decided, showed, logged,
      probed
    case turned, began, faultEnded, swept, over

    /// Of the trace event that a machine has taken the event.
    init(ofTaking event: MachineEvent) {
      switch event {
      case .tick: self = .ticked
      case .probed: self = .measured
      default: self = .took
      }
    }

    /// Of the trace event that a server has performed the request.
    init(ofPerforming request: LedgerRequest) {
      switch request {
      case .commit, .delete: self = .decided
      default: self = .performed
      }
    }
  }

  package struct Kinds: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    private init(_ kind: Kind) { rawValue = 1 << kind.rawValue }

    package static let all = Kinds(rawValue: 1 << Kind.allCases.count - 1)
    package static let started = Kinds(.started)
    package static let ended = Kinds(.ended)
    package static let refused = Kinds(.refused)
    /// A machine has taken an event, but for ticks and results of probes.
    package static let took = Kinds(.took)
    /// A machine has taken a tick.
    package static let ticked = Kinds(.ticked)
    /// A machine has taken results of probes.
    package static let measured = Kinds(.measured)
    package static let asked = Kinds(.asked)
    package static let inquired = Kinds(.inquired)
    /// A server has performed a request, whatever it was.
    package static let performed: Kinds = [decided, Kinds(Kind.performed)]
    /// A server has performed a commit, or has deleted an upstream.
    package static let decided = Kinds(.decided)
    package static let showed = Kinds(.showed)
    package static let logged = Kinds(.logged)
    package static let probed = Kinds(.probed)
    package static let turned = Kinds(.turned)
    package static let began = Kinds(.began)
    package static let faultEnded = Kinds(.faultEnded)
    package static let swept = Kinds(.swept)
    package static let over = Kinds(.over)

    func contains(_ kind: Kind) -> Bool { rawValue & 1 << kind.rawValue != 0 }
  }

  var kind: Kind {
    switch self {
    case .started: .started
    case .ended: .ended
    case .refused: .refused
    case .took(_, let event): Kind(ofTaking: event)
    case .asked: .asked
    case .inquired: .inquired
    case .performed(let performed): Kind(ofPerforming: performed.request)
    case .showed: .showed
    case .logged: .logged
    case .probed: .probed
    case .turned: .turned
    case .began: .began
    case .faultEnded: .faultEnded
    case .swept: .swept
    case .over: .over
    }
  }
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
  /// The trace events it is called for; all unless it says so.
  static var looksAt: TraceEvent.Kinds { get }
  init()
  mutating func observe(_ traceEvent: TraceEvent, in world: World)
}

extension Invariant {
  package static var name: String { "\(Self.self)" }
  package static var looksAt: TraceEvent.Kinds { .all }

  func object(_ what: @autoclosure () -> String, in world: World) {
    world.object(Self.name, what())
  }

  /// The upstream is named where there are several.
  func object(_ what: @autoclosure () -> String, of upstream: UpstreamName, in world: World) {
    world.object(Self.name, world.upstreams.count > 1 ? "\(upstream): \(what())" : what())
  }
}

/// One invariant of a world, whichever it is: to be called by a pointer is cheaper than to be looked for in an array.
class Watcher {
  func observe(_ traceEvent: TraceEvent, in world: World) {}

  static func by(_ type: any Invariant.Type) -> Watcher { watcher(by: type) }

  private static func watcher<Watching: Invariant>(by type: Watching.Type) -> Watcher {
    WatcherBy<Watching>()
  }
}

private final class WatcherBy<Watching: Invariant>: Watcher {
  private var invariant = Watching()

  override func observe(_ traceEvent: TraceEvent, in world: World) {
    invariant.observe(traceEvent, in: world)
  }
}

/// A promise that was broken.
package struct Violation: Hashable, Sendable {
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
    DecidedBetweenPauses.self,
    DefinitionByMajority.self,
    EveryPeerHasAProber.self,
    FollowersKeepUp.self,
    HandOversArePaced.self,
    HeardOrRead.self,
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
    RebuiltFromWhatIsLeft.self,
    RecordsConverge.self,
    RequestsArePaced.self,
    RestartsAreNotRefused.self,
    ResyncOnlyAfterALoss.self,
    PanicFollowsTheStatuses.self,
    RevisionsGrow.self,
    SettlesFirst.self,
    SomebodyLeads.self,
    StaleIsNeverServedAsConfirmed.self,
    StreamAndStatusAgree.self,
    TermsGrow.self,
    TheDeadAreSilent.self,
    TheMissingAreShown.self,
    TheAbleLead.self,
    TheSteadyLead.self,
    TrueChangesAreDecided.self,
    ViewsAreOfTheStream.self,
    WhatIsHeardIsNotRead.self,
    WhatNobodyHasGoes.self,
    WrittenAgain.self,
  ]
}
