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
  /// New for each start.
  package internal(set) var run = ""
  /// The settings it starts with.
  var settings: UpstreamDefinition
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
  /// Whether the last probe of each peer succeeded, by the peer's number.
  var found: [Int: Bool] = [:]

  // The way to Redis.

  var link = SimulatedLink()
  /// What came while it was paused.
  var held: [Occurrence] = []

  /// A run that ended in good order: what it had sent arrives.
  var lastWordsOf = ""

  // What it shows.

  package internal(set) var view: UpstreamView?
  package internal(set) var cluster: ClusterView?
  package internal(set) var isStale = false

  /// When its machine was last called, and since when what it measures counts: ms of its own clock that never goes back.
  var calledMs: Int64?
  var countsFromMs: Int64 = .min
  /// The probe that ended last was under way while the node stood still.
  package internal(set) var isLastProbeVoid = false
  /// When each peer was last watched no more: true µs.
  var unwatchedUs: [Int: Int64] = [:]
  /// Since when it had been watched then.
  var watchedUs: [Int: Int64] = [:]

  /// When something last was wrong with what it measures: its peers cut off, or a pause. True µs.
  package internal(set) var impairedUs: Int64 = .min
  package internal(set) var startedUs: Int64 = 0
  package internal(set) var endedUs: Int64 = .min

  init(number: Int, settings: UpstreamDefinition, isFounder: Bool) {
    self.number = number
    name = Setup.node(number)
    self.settings = settings
    self.isFounder = isFounder
    // Clocks that never go back have nothing to do with each other.
    clock = SimulatedClock(startMs: 1_000_000 + Int64(number) * 7_777_777)
  }

  package var isRunning: Bool { machine != nil }
  package var isPaused: Bool { pauses > 0 }
  package var isCutFromRedis: Bool { cutsFromRedis > 0 }

  func isCut(fromPeer peer: Int) -> Bool {
    !cutsFromPeers.isEmpty && (cutsFromPeers[-1, default: 0] > 0 || cutsFromPeers[peer, default: 0] > 0)
  }

  /// The peers it probes now.
  package var probed: Set<PeerName> { Set(watches.values.map(\.target.peer)) }

  /// Their numbers, ascending.
  var probedNumbers: [Int] { Set(watches.values.map(\.peer)).sorted() }

  func watch(of peer: Int) -> SimulatedWatch? { watches.values.first { $0.peer == peer } }

  /// Its machine was not called for so long that it takes that for a pause.
  func stoodStill(at us: Int64) -> Bool {
    calledMs.map { steadyMs(at: us) - $0 > Machine.pauseMs } ?? false
  }

  package func steadyMs(at us: Int64) -> Int64 { clock.steadyMs(at: us) }

  /// The rate of its clocks, in thousandths.
  package var permille: Int64 { clock.permille }

  /// The server it talks to.
  package var server: Int { link.server }

  /// Forgets what a process forgets when it ends.
  func end(at us: Int64) {
    machine = nil
    watches = [:]
    unwatchedUs = [:]
    calledMs = nil
    countsFromMs = .min
    groups = [:]
    found = [:]
    held = []
    link.reset()
    view = nil
    cluster = nil
    isStale = false
    endedUs = us
  }
}

/// A peer that a node probes.
struct SimulatedWatch {
  var target: ProbeTarget
  /// The peer's number.
  var peer: Int
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
  /// One way and back, things keep their order on one connection.
  var lastArrivalUs: Int64 = 0
  var lastReplyUs: Int64 = 0
  var lastAnnouncedUs: Int64 = 0

  enum Question {
    case ask(LedgerTicket, LedgerRequest)
    case read(LedgerTicket, LedgerQuery)
  }

  mutating func reset() {
    connection += 1
    isListening = false
    inFlight = [:]
    // What still travels on the old connection may come after what is sent on the new one.
    lastArrivalUs = 0
    lastReplyUs = 0
    lastAnnouncedUs = 0
  }
}
