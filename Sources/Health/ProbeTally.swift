/// What came of the probes of one check of an upstream, on this node.
package struct ProbeTally: Hashable, Sendable {
  /// By `Outcome.Verdict.number`.
  private var counts = [UInt64](repeating: 0, count: Outcome.Verdict.all.count)
  package private(set) var connect = PhaseHistogram()
  /// Of TLS.
  package private(set) var handshake = PhaseHistogram()
  package private(set) var firstByte = PhaseHistogram()
  package private(set) var total = PhaseHistogram()

  package init() {}

  package mutating func add(_ outcome: Outcome) {
    counts[outcome.verdict.number] &+= 1
    // What this machine could not ask took no time of anybody's.
    if case .local = outcome.verdict { return }
    connect.add(reached: outcome.phases.connect)
    handshake.add(reached: outcome.phases.handshake)
    firstByte.add(reached: outcome.phases.firstByte)
    total.add(reached: outcome.phases.total)
  }

  package mutating func add(_ other: ProbeTally) {
    for number in counts.indices { counts[number] &+= other.counts[number] }
    connect.add(other.connect)
    handshake.add(other.handshake)
    firstByte.add(other.firstByte)
    total.add(other.total)
  }

  /// Of each code that has occurred, in the order of `Outcome.Verdict.all`; `OK` first.
  package var codes: [(code: String, count: UInt64)] {
    zip(Outcome.Verdict.all, counts).filter { $1 > 0 }.map { (Outcome($0).code, $1) }
  }
}

extension Outcome.Verdict {
  package static let all: [Outcome.Verdict] =
    [.success] + Failure.allCases.map { .failure($0) } + LocalError.allCases.map { .local($0) }

  /// Its place in `all`.
  fileprivate var number: Int {
    switch self {
    case .success: 0
    case .failure(let failure): 1 + Int(failure.rawValue)
    case .local(let error): 1 + Failure.allCases.count + Int(error.rawValue)
    }
  }
}

/// How long a phase of probes took, since their start: counts up to each bound.
package struct PhaseHistogram: Hashable, Sendable {
  /// Microseconds, ascending; what took longer than the last one is counted beyond it.
  package static let boundsUs: [UInt32] = [
    250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
  ]

  /// Of those up to each bound and above the one before; the last: of those above all.
  package private(set) var counts = [UInt64](repeating: 0, count: Self.boundsUs.count + 1)
  package private(set) var sumUs: UInt64 = 0

  package init() {}

  package var total: UInt64 { counts.reduce(0, &+) }

  /// - Parameter us: microseconds; 0: the phase was not reached.
  mutating func add(reached us: UInt32) {
    if us > 0 { add(us: us) }
  }

  package mutating func add(us: UInt32, times: UInt64 = 1) {
    var place = 0
    while place < Self.boundsUs.count, us > Self.boundsUs[place] { place += 1 }
    counts[place] &+= times
    sumUs &+= UInt64(us) &* times
  }

  /// With a sum that is known better than by the bounds.
  package func summing(toUs sumUs: UInt64) -> PhaseHistogram {
    var copy = self
    copy.sumUs = sumUs
    return copy
  }

  package mutating func add(_ other: PhaseHistogram) {
    for place in counts.indices { counts[place] &+= other.counts[place] }
    sumUs &+= other.sumUs
  }
}

/// What this node's probes have come to since it started.
package struct ProbeStatistics: Sendable {
  /// One check of an upstream.
  package struct Group: Hashable, Sendable {
    package var upstream: UpstreamName
    /// Empty: it is the only one.
    package var check: String
    package var kind: Checker.Kind
    /// Since the upstream is probed.
    package var tally: ProbeTally
    /// Probes under way.
    package var inFlight: Int

    package init(
      upstream: UpstreamName, check: String, kind: Checker.Kind, tally: ProbeTally, inFlight: Int
    ) {
      self.upstream = upstream
      self.check = check
      self.kind = kind
      self.tally = tally
      self.inFlight = inFlight
    }
  }

  package var groups: [Group]
  /// How late probes started, against the moment they were due.
  package var lateness: PhaseHistogram
  /// Peers that are probed, once for each check.
  package var watched: Int
  /// Sockets open, idle ones included.
  package var sockets: Int
  /// Times that the node stood still for so long that it dropped what it was measuring.
  package var pauses: UInt64

  package init(
    groups: [Group], lateness: PhaseHistogram, watched: Int, sockets: Int, pauses: UInt64
  ) {
    self.groups = groups
    self.lateness = lateness
    self.watched = watched
    self.sockets = sockets
    self.pauses = pauses
  }
}
