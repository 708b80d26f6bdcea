import Backends
import BenchTools
import FoundationEssentials
import Glibc

/// Starts the contestants, one at a time, and measures them.
struct Bench: Sendable {
  /// Nothing that this starts outlives this.
  private static let longestSeconds = 600

  private let peers: Int
  private let window: Duration
  private let responder: Responder
  private let folder: String

  init(peers: Int, window: Duration) async throws {
    self.peers = peers
    self.window = window
    let name = FileManager.default.temporaryDirectory.appending(path: "quorate-bench-\(getpid())").path
    try FileManager.default.createDirectory(
      atPath: name, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    folder = name
    responder = try await Responder(core: BenchHost.responderCore, seconds: Self.longestSeconds)
  }

  func end() {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func measure(_ trial: Trial) async throws -> Measurement {
    let child = try await start(trial.contestant, peers: peers, intervalMs: trial.intervalMs)
    try await Task.sleep(for: trial.warmUp)
    var measurement = try await sample(child, for: trial.isPaced ? pacedWindow : window)
    measurement.residentBytes = Machine.residentBytes(of: child.pid)
    if case .engine(nil) = trial.contestant { measurement.lateness = try await lateness(child) }
    await child.stop()
    return measurement
  }

  /// Whole intervals: within one, the probes of a contestant need not be spread evenly.
  private var pacedWindow: Duration {
    let interval = Duration.milliseconds(Trial.pacedIntervalMs)
    return interval * max((window / interval).rounded(), 1)
  }

  private func sample(_ child: Child, for window: Duration) async throws -> Measurement {
    let clock = ContinuousClock()
    let (begin, before, cpuBefore) = (clock.now, try await responder.count(), try cpu(child))
    try await Task.sleep(for: window)
    let (end, after, cpuAfter) = (clock.now, try await responder.count(), try cpu(child))
    var measurement = Measurement()
    measurement.probes = after.answers - before.answers
    measurement.seconds = (end - begin) / .seconds(1)
    measurement.cpuSeconds = cpuAfter - cpuBefore
    measurement.responderCpuSeconds = after.cpuSeconds - before.cpuSeconds
    return measurement
  }

  private func cpu(_ child: Child) throws -> Double {
    guard let ns = child.cpuNs else {
      throw BenchError(text: "a contestant has ended:\n\(child.state.value.error.text.suffix(2000))")
    }
    return Double(ns) / 1e9
  }

  /// The engine and a bare timer on the same core at the same time.
  private func lateness(_ child: Child) async throws -> (engine: LatenessFigures, timer: LatenessFigures) {
    let seen = child.state.value.output.whole.count
    child.write("mark\n")
    guard await child.line(with: "marked", on: .output, from: seen) != nil else {
      throw BenchError(text: "the engine does not answer")
    }
    let ms = Int(window / .milliseconds(1))
    let timer = try Child("taskset", pinned(Programs.own, ["timer", "--milliseconds", "\(ms)"]))
    let timerLine = await timer.line(with: "lateness", on: .output, within: window * 2 + .seconds(5))
    child.write("lateness\n")
    let engineLine = await child.line(with: "lateness", on: .output, from: seen)
    guard let bare = timerLine.flatMap({ LatenessFigures(line: $0.text) }),
      let own = engineLine.flatMap({ LatenessFigures(line: $0.text) })
    else { throw BenchError(text: "no lateness was told") }
    return (own, bare)
  }

  /// Resident bytes with all peers and with one.
  func memory() async throws -> [String: (many: Int, one: Int)] {
    var found: [String: (many: Int, one: Int)] = [:]
    for (name, contestant) in [
      ("engine", Trial.Contestant.engine(inFlight: nil)), ("HAProxy", .haproxy), ("quorate serve", .serve),
    ] {
      var sizes: [Int] = []
      for count in [peers, 1] {
        let child = try await start(contestant, peers: count, intervalMs: Trial.pacedIntervalMs)
        // Every peer has been probed twice by then: what grows at first has grown.
        try await Task.sleep(for: .milliseconds(2 * Trial.pacedIntervalMs + 500))
        sizes.append(Machine.residentBytes(of: child.pid))
        await child.stop()
      }
      found[name] = (sizes[0], sizes[1])
    }
    return found
  }

  // MARK: Starting

  private func start(_ contestant: Trial.Contestant, peers: Int, intervalMs: Int) async throws -> Child {
    switch contestant {
    case .engine(let inFlight):
      let limit = inFlight.map { ["--in-flight", "\($0)"] } ?? []
      let child = try Child(
        "taskset",
        pinned(
          Programs.own,
          ["engine", "--port", "\(responder.port)", "--peers", "\(peers)", "--interval", "\(intervalMs)"]
            + limit))
      return try await ready(child, "ready", .output)
    case .serve:
      let file = try write(
        "quorate.yaml", Servers.quorate(peers: peers, port: responder.port, intervalMs: intervalMs))
      let child = try Child("taskset", pinned(Programs.sibling("quorate"), ["serve", "--config", file]))
      return try await ready(child, "serving on", .error)
    case .haproxy:
      let text = Servers.haproxy(peers: peers, port: responder.port, intervalMs: intervalMs, folder: folder)
      let file = try write("haproxy.cfg", text)
      return try Child("taskset", pinned(BenchHost.haproxy, ["-db", "-f", file]))
    }
  }

  private func ready(_ child: Child, _ text: String, _ stream: Child.Stream) async throws -> Child {
    guard await child.line(with: text, on: stream, within: .seconds(20)) != nil else {
      throw BenchError(text: "a contestant did not start:\n\(child.state.value.error.text.suffix(2000))")
    }
    return child
  }

  private func pinned(_ program: String, _ arguments: [String]) -> [String] {
    ["-c", "\(BenchHost.contestantCore)", program] + arguments
  }

  private func write(_ name: String, _ text: String) throws -> String {
    let path = "\(folder)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }
}
