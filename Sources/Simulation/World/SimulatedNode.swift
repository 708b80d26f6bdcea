import Cluster
package import Health
package import Ledger

/// A node: the machine that ships, and everything around it.
package final class SimulatedNode {
  package let number: Int
  package let name: String
  var clock: SimulatedClock
  /// Nil: it does not run.
  var machine: Machine?
  /// Told apart from `machine`, which is large and would be copied to see whether it is there.
  package private(set) var isRunning = false
  /// New for each start.
  package internal(set) var run = ""
  /// What its settings say of each upstream, by number; nil: they do not have it.
  private(set) var settings: [UpstreamDefinition?]
  /// Since when they say so: true µs.
  private(set) var settingsUs: [Int64]
  /// A member of the cluster from the beginning.
  let isFounder: Bool

  // What is wrong with it.

  var pauses = 0
  var crashes = 0
  var localErrors = 0
  var cutsFromRedis = 0
  /// By peer; -1: all.
  var cutsFromPeers: [Int: Int] = [:]
  var deafness = 0
  /// Told to it, unlike `deafness`.
  var denials = 0

  // Probes.

  var watches: [ProbeID: SimulatedWatch] = [:]
  var groups: [UInt32: Checker] = [:]
  /// Whether the last probe of each peer succeeded.
  var found: [WatchedPeer: Bool] = [:]

  // The way to Redis.

  var link = SimulatedLink()
  /// What came while it was paused.
  var held: [Occurrence] = []

  /// A run that ended in good order: what it had sent arrives.
  var lastWordsOf = ""

  // What it shows.

  /// Of each upstream, in no order; what is not known yet is left out.
  package internal(set) var views: [UpstreamView] = []
  package internal(set) var cluster: ClusterView?
  package internal(set) var isStale = false

  /// When its machine was last called, and since when what it measures counts: ms of its own clock that never goes back.
  var calledMs: Int64?
  var countsFromMs: Int64 = .min
  /// The probe that ended last was under way while the node stood still.
  package internal(set) var isLastProbeVoid = false
  /// When each peer was last watched no more, and since when it had been watched then: true µs.
  var unwatched: [WatchedPeer: (us: Int64, sinceUs: Int64)] = [:]

  /// When something last was wrong with what it measures: its peers cut off, or a pause. True µs.
  package internal(set) var impairedUs: Int64 = .min
  package internal(set) var startedUs: Int64 = 0
  package internal(set) var endedUs: Int64 = .min

  /// - Parameter settings: what they say of each upstream.
  init(number: Int, settings: [UpstreamDefinition?], isFounder: Bool) {
    self.number = number
    name = Setup.node(number)
    self.settings = settings
    settingsUs = settings.map { _ in 0 }
    self.isFounder = isFounder
    // Clocks that never go back have nothing to do with each other.
    clock = SimulatedClock(startMs: 1_000_000 + Int64(number) * 7_777_777)
  }

  package var isPaused: Bool { pauses > 0 }
  package var isCutFromRedis: Bool { cutsFromRedis > 0 }

  func isCut(fromPeer peer: Int) -> Bool {
    !cutsFromPeers.isEmpty && (cutsFromPeers[-1, default: 0] > 0 || cutsFromPeers[peer, default: 0] > 0)
  }

  // MARK: Upstreams

  /// What it shows of the upstream; nil: nothing.
  package func view(of upstream: UpstreamName) -> UpstreamView? { views.first { $0.name == upstream } }

  func show(_ view: UpstreamView) {
    if let index = views.firstIndex(where: { $0.name == view.name }) {
      views[index] = view
    } else {
      views.append(view)
    }
  }

  /// What its settings say of the upstream; nil: they do not have it.
  package func settings(of upstream: UpstreamName) -> UpstreamDefinition? {
    settings.first { $0?.name == upstream } ?? nil
  }

  package func has(_ upstream: UpstreamName) -> Bool { settings(of: upstream) != nil }

  /// It has had the upstream in its settings, or not, for so long: true µs.
  package func settingsUs(of upstream: UpstreamName) -> Int64 {
    Setup.upstreamNames.firstIndex(of: upstream).map { settingsUs[$0] } ?? 0
  }

  func configure(_ definition: UpstreamDefinition?, ofUpstream number: Int, at us: Int64) {
    guard settings.indices.contains(number), settings[number] != definition else { return }
    settings[number] = definition
    settingsUs[number] = us
  }

  // MARK: Probes

  /// The peers of an upstream that it probes now, by number, ascending.
  package func probedNumbers(of upstream: UpstreamName) -> [Int] {
    watches.values.lazy.filter { $0.upstream == upstream }.map(\.peer).sorted()
  }

  func watch(of peer: Int, in upstream: UpstreamName) -> SimulatedWatch? {
    watches.values.first { $0.peer == peer && $0.upstream == upstream }
  }

  /// Its machine was not called for so long that it takes that for a pause.
  func stoodStill(at us: Int64) -> Bool {
    calledMs.map { steadyMs(at: us) - $0 > Machine.pauseMs } ?? false
  }

  package func steadyMs(at us: Int64) -> Int64 { clock.steadyMs(at: us) }

  /// The rate of its clocks, in thousandths.
  package var permille: Int64 { clock.permille }

  /// The server it talks to.
  package var server: Int { link.server }

  func begin(_ machine: Machine) {
    self.machine = machine
    isRunning = true
  }

  /// Forgets what a process forgets when it ends.
  func end(at us: Int64) {
    machine = nil
    isRunning = false
    watches = [:]
    unwatched = [:]
    calledMs = nil
    countsFromMs = .min
    groups = [:]
    found = [:]
    held = []
    link.reset()
    views = []
    cluster = nil
    isStale = false
    endedUs = us
  }
}

/// A peer of an upstream, by number: others may have the same backend.
struct WatchedPeer: Hashable {
  var upstream: UpstreamName
  var peer: Int
}

/// A peer that a node probes.
package struct SimulatedWatch {
  package var upstream: UpstreamName
  var target: ProbeTarget
  /// The peer's number.
  package var peer: Int
  var everyMs: Int64
  /// Since when the node has watched the peer, whatever the settings: true µs.
  var sinceUs: Int64
  /// Probes that were planned before the last order are not made.
  var version: UInt64
  /// When the probe under way began, by the node's clock: µs; nil: there is none.
  var beganOwnUs: Int64?
}

/// A node's connections to Redis.
struct SimulatedLink {
  /// Which server it talks to.
  var server = 0
  /// Of the connection for commands, and of that for announcements: another one after each break.
  var connection: UInt64 = 1
  var isListening = false
  /// What is under way, by number, in the order it was sent.
  var inFlight: [UInt64: Question] = [:]
  /// One way and back, things keep their order on one connection: the first for what is urgent, the second for what is much.
  var lastArrivalUs: [Int64] = [0, 0]
  var lastReplyUs: [Int64] = [0, 0]
  var lastAnnouncedUs: Int64 = 0

  enum Question {
    case ask(LedgerTicket, LedgerRequest)
    case read(LedgerTicket, LedgerQuery)

    /// Which of the two connections it takes.
    var way: Int {
      switch self {
      case .ask(_, let request): request.isBulk ? 1 : 0
      case .read(_, let query): query.isBulk ? 1 : 0
      }
    }
  }

  mutating func reset() {
    connection += 1
    isListening = false
    inFlight = [:]
    // What still travels on the old connection may come after what is sent on the new one.
    lastArrivalUs = [0, 0]
    lastReplyUs = [0, 0]
    lastAnnouncedUs = 0
  }
}
