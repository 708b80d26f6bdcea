/// Something that is measured.
struct Trial: Sendable {
  enum Contestant: Sendable {
    /// The engine alone; in flight at once, when it is a closed loop.
    case engine(inFlight: Int?)
    /// All of `quorate serve`.
    case serve
    case haproxy
  }

  /// Names of what is measured, as the report looks for them.
  static let saturatedEngine = "saturated engine"
  static let saturatedHaproxy = "saturated HAProxy"
  static let pacedEngine = "paced engine"
  static let pacedHaproxy = "paced HAProxy"
  static let pacedServe = "paced quorate serve"

  /// 10,000 peers at this interval are 5,000 probes a second.
  static let pacedIntervalMs = 2000

  var name: String
  var contestant: Contestant
  var intervalMs: Int
  /// Until caches are warm and every peer has been probed.
  var warmUp: Duration

  var isPaced: Bool { intervalMs == Self.pacedIntervalMs }

  /// Whether the contestant could do what it was asked for: other work on this machine would show in its figures.
  func isUndisturbed(_ measurement: Measurement, peers: Int) -> Bool {
    if isPaced {
      let wanted = Double(peers) * 1000 / Double(intervalMs)
      return abs(measurement.probesPerSecond - wanted) < wanted * 0.03
    }
    return measurement.cpuSeconds > 0.9 * measurement.seconds
  }

  static func all(inFlight: Int, haproxyInterval: Int) -> [Trial] {
    let paced = Duration.milliseconds(pacedIntervalMs + 500)
    return [
      Trial(
        name: saturatedEngine, contestant: .engine(inFlight: inFlight), intervalMs: 2, warmUp: .seconds(1)),
      Trial(
        name: saturatedHaproxy, contestant: .haproxy, intervalMs: haproxyInterval, warmUp: .milliseconds(1500)
      ),
      Trial(
        name: pacedEngine, contestant: .engine(inFlight: nil), intervalMs: pacedIntervalMs, warmUp: paced),
      Trial(name: pacedHaproxy, contestant: .haproxy, intervalMs: pacedIntervalMs, warmUp: paced),
      Trial(
        name: pacedServe, contestant: .serve, intervalMs: pacedIntervalMs, warmUp: paced + .milliseconds(500)),
    ]
  }
}

/// What one measurement gave.
struct Measurement: Sendable {
  var probes = 0.0
  var seconds = 0.0
  /// Processor time of the contestant, user and system.
  var cpuSeconds = 0.0
  /// The same of the responder: it must cost less than whom it serves.
  var responderCpuSeconds = 0.0
  /// The engine's, beside a bare timer's at the same time; nil where nobody tells.
  var lateness: (engine: LatenessFigures, timer: LatenessFigures)?
  var residentBytes = 0

  var cpuMicrosPerProbe: Double { probes > 0 ? cpuSeconds * 1e6 / probes : .nan }
  var responderMicrosPerProbe: Double { probes > 0 ? responderCpuSeconds * 1e6 / probes : .nan }
  var probesPerSecond: Double { seconds > 0 ? probes / seconds : 0 }
}

/// How late something came, in microseconds.
struct LatenessFigures: Sendable {
  var p50 = 0
  var p99 = 0

  /// As a child says it and its parent reads it.
  var line: String { "lateness \(p50) \(p99)" }

  init(p50: Int, p99: Int) {
    self.p50 = p50
    self.p99 = p99
  }

  init?(line: String) {
    let words = line.split(separator: " ")
    guard words.count == 3, let p50 = Int(words[1]), let p99 = Int(words[2]) else { return nil }
    self.init(p50: p50, p99: p99)
  }
}
