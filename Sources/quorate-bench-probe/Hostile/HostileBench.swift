import ArgumentParser
import Backends
import BenchTools
import Console
import Glibc
import Health
import Probing
import Synchronization

/// `make bench-hostile`: what peers that do their worst cost the others.
struct HostileBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile",
    abstract:
      "Probe 200 hostile peers of each kind at once, and look at time-outs, memory and the others' lateness.",
    discussion:
      "Good peers are probed alone first, and then beside them. Ends with 1 when a target is missed.")

  @Option(help: "Hostile peers of each kind.") var count = 200
  @Option(help: "Seconds with the hostile peers.") var seconds = 60

  private static let timeoutMs = 300
  /// What a deadline may be missed by, either way.
  private static let graceMs = 50.0
  private static let mostGrowth = 20 << 20
  /// How much later good peers may be probed beside hostile ones, at p99.
  private static let laterMs = 2.0

  func validate() throws {
    guard (1...400).contains(count), (1...600).contains(seconds) else {
      throw ValidationError("--count is 1 to 400, --seconds 1 to 600")
    }
  }

  func run() async throws {
    // They take a core for themselves alone: what is looked at is what they cost the engine, not the machine.
    let child = try Child(
      "taskset",
      ["-c", "\(BenchHost.responderCore)", Programs.own, "hostile-backends", "--count", "\(count)"])
    defer { child.signal(SIGKILL) }
    guard await child.line(with: "ready", on: .output, within: .seconds(60)) != nil else {
      throw BenchError(text: "the backends did not start: \(child.state.value.error.text.suffix(1000))")
    }
    _ = await (try Child("taskset", ["-acp", "\(BenchHost.contestantCore)", "\(getpid())"])).end()
    let responder = try await Responder(core: BenchHost.contestantCore, seconds: min(seconds + 60, 600))
    ProbeEngine.raiseDescriptorLimit()
    let tally = HostileTally(timeoutMs: Self.timeoutMs)
    let engine = try ProbeEngine { tally.add($0) }
    engine.apply(Self.good(port: responder.port))
    try await Task.sleep(for: .seconds(3))
    let (alone, memory) = (await lateness(engine, seconds: 5), Machine.residentBytes(of: getpid()))
    engine.apply(Self.hostile(child.state.value.output.whole))
    let beside = await lateness(engine, seconds: seconds)
    let grown = Machine.residentBytes(of: getpid()) - memory
    engine.stop()
    await responder.end()
    try report(tally.figures, alone: alone, beside: beside, grown: grown)
  }

  private func lateness(_ engine: ProbeEngine, seconds: Int) async -> Double {
    let before = await engine.statistics().lateness
    try? await Task.sleep(for: .seconds(seconds))
    return Double(await engine.statistics().lateness.since(before).quantile(0.99)) / 1000
  }

  // MARK: Who is probed

  /// 100 good peers, ten times a second.
  private static func good(port: UInt16) -> [ProbeAction] {
    var checker = Checker(kind: .http, request: Array(Servers.request.utf8))
    checker.intervalMs = 100
    checker.validStatuses = [200]
    return [.openGroup(0, checker)]
      + (0..<100).map { number in
        .watch(target(number, Servers.address(number, port: port), group: 0, phaseMs: number))
      }
  }

  private static func hostile(_ lines: [String]) -> [ProbeAction] {
    var orders: [ProbeAction] = []
    var number = 100
    for (index, kind) in HostileKind.allCases.enumerated() {
      orders.append(.openGroup(UInt32(index + 1), checker(kind)))
      for line in lines {
        let words = line.split(separator: " ")
        guard words.count == 3, words[1] == kind.rawValue else { continue }
        orders.append(
          .watch(target(number, String(words[2]), group: UInt32(index + 1), phaseMs: number * 7 % 500)))
        number += 1
      }
    }
    return orders
  }

  private static func target(_ number: Int, _ peer: String, group: UInt32, phaseMs: Int) -> ProbeTarget {
    ProbeTarget(
      id: ProbeID(index: UInt32(number), incarnation: 1), group: group, peer: PeerName(peer), phaseMs: phaseMs
    )
  }

  private static func checker(_ kind: HostileKind) -> Checker {
    let request = Array(Servers.request.utf8)
    var checker = Checker(kind: .http, request: request)
    switch kind {
    case .http: checker.validStatuses = [200]
    case .https: checker = Checker(kind: .https, request: request)
    case .expect:
      checker.expectations = Expectations(bodyContains: ["ready"], json: [])
    case .grpc: checker = Checker(kind: .grpc)
    case .tcp:
      checker = Checker(kind: .tcp)
      checker.steps = [DialogStep(send: Array("PING\r\n".utf8), expect: .contains(Array("+PONG".utf8)))]
    }
    checker.intervalMs = 500
    checker.timeoutMs = timeoutMs
    return checker
  }

  // MARK: What came of it

  private func report(
    _ figures: HostileTally.Figures, alone: Double, beside: Double, grown: Int
  ) throws {
    let overshoot = figures.latestMs
    let rows: [(String, String, String, Bool)] = [
      (
        "time-outs: earliest and latest end",
        "\(Numbers.decimal(figures.earliestMs, 1)) to \(Numbers.decimal(overshoot, 1)) ms after the deadline",
        "± \(Numbers.decimal(Self.graceMs, 0)) ms",
        figures.timeouts > 0 && figures.earliestMs >= -Self.graceMs && overshoot <= Self.graceMs
      ),
      (
        "memory", "\(Numbers.decimal(Double(grown) / 1_048_576, 1)) MB more", "< 20 MB",
        grown < Self.mostGrowth
      ),
      (
        "lateness at p99, alone and beside them",
        "\(Numbers.decimal(alone, 2)) and \(Numbers.decimal(beside, 2)) ms",
        "≤ \(Numbers.decimal(Self.laterMs, 0)) ms later", beside - alone <= Self.laterMs
      ),
    ]
    try StandardOutput.write(
      """
      \(count) hostile peers of each of \(HostileKind.allCases.count) kinds for \(seconds) s beside 100 good ones: \
      \(Numbers.grouped(Double(figures.probes))) probes, \(Numbers.grouped(Double(figures.timeouts))) timed out.
      Machine: \(Machine.description).

      | | measured | target | |
      |---|---|---|---|
      \(rows.map { "| \($0.0) | \($0.1) | \($0.2) | \($0.3 ? "pass" : "**miss**") |" }.joined(separator: "\n"))
      """)
    if rows.contains(where: { !$0.3 }) { throw ExitCode(1) }
  }
}

/// How the probes of hostile peers ended.
final class HostileTally: Sendable {
  struct Figures: Sendable {
    var probes = 0
    var timeouts = 0
    /// The least and the most that a time-out came after its deadline: milliseconds.
    var earliestMs = Double.infinity
    var latestMs = -Double.infinity
  }

  private let state = Mutex(Figures())
  private let timeoutMs: Double

  init(timeoutMs: Int) { self.timeoutMs = Double(timeoutMs) }

  var figures: Figures { state.withLock { $0 } }

  func add(_ results: [ProbeResult]) {
    state.withLock { figures in
      for result in results where result.id.index >= 100 {
        figures.probes += 1
        guard case .failure(let failure) = result.outcome.verdict, failure.isTimeout else { continue }
        let late = Double(result.outcome.phases.total) / 1000 - timeoutMs
        figures.timeouts += 1
        figures.earliestMs = min(figures.earliestMs, late)
        figures.latestMs = max(figures.latestMs, late)
      }
    }
  }
}

extension Failure {
  fileprivate var isTimeout: Bool {
    switch self {
    case .connectTimedOut, .sendTimedOut, .receiveTimedOut, .handshakeTimedOut: true
    default: false
    }
  }
}
