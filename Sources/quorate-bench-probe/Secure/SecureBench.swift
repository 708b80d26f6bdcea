import ArgumentParser
import Backends
import BenchTools
import Console
import FoundationEssentials
import Glibc

/// `make bench-probe`, its second part: full, verified handshakes, beside HAProxy's and beside SwiftNIO's own way.
struct SecureBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secure", abstract: "Compare https probes with HAProxy's and with SwiftNIO's own channels.",
    discussion: """
      Each contestant probes 1,000 peers, 500 times a second, on one core; nginx answers on the other one. Each probe is a \
      full handshake whose chain and name are verified. Ends with 1 when a target is missed.
      """)

  @Option(help: "Times that everything is measured.") var rounds = 3
  @Option(help: ArgumentHelp("Seconds of each measurement.", valueName: "seconds")) var window = 8

  private static let peers = 1000
  private static let intervalMs = 2000
  private static let mostOfHaproxy = 0.60
  private static let mostBytes = 16_384.0
  private static let held = 1000
  private static let heldIntervalMs = 4000

  func validate() throws {
    guard (1...20).contains(rounds), (2...60).contains(window) else {
      throw ValidationError("--rounds is 1 to 20, --window 2 to 60")
    }
  }

  private enum Contestant: String, CaseIterable {
    case quorate = "Quorate"
    case haproxy = "HAProxy"
    case nio = "SwiftNIO"
  }

  func run() async throws {
    var lines: [String] = []
    var isMissed = false
    for key in SecureServers.Key.allCases {
      let servers = try await SecureServers(key)
      var costs: [Contestant: [Double]] = [:]
      for round in 1...rounds {
        for contestant in Contestant.allCases {
          StandardError.write("round \(round) of \(rounds): \(key.rawValue), \(contestant.rawValue)")
          costs[contestant, default: []].append(try await cost(contestant, servers))
        }
      }
      let median = costs.mapValues { $0.sorted()[$0.count / 2] }
      let (ours, theirs, nio) = (median[.quorate] ?? .nan, median[.haproxy] ?? .nan, median[.nio] ?? .nan)
      let isMet = ours / theirs <= Self.mostOfHaproxy
      isMissed = isMissed || !isMet
      lines.append(
        "| \(key.rawValue.uppercased()), TLS 1.3, full handshake: CPU | \(micros(ours)) | \(micros(theirs)) | \(micros(nio)) | "
          + "\(Numbers.decimal(ours / theirs, 2)) × | ≤ \(Numbers.decimal(Self.mostOfHaproxy, 2)) × | \(isMet ? "pass" : "**miss**") |"
      )
      if key == .ecdsa {
        StandardError.write("memory of connections under way")
        for (name, bytes) in try await memory(servers) {
          let isMet = bytes <= Self.mostBytes
          isMissed = isMissed || !isMet
          lines.append(
            "| memory for each connection \(name) | \(Numbers.grouped(bytes)) B | | | | ≤ \(Numbers.grouped(Self.mostBytes)) B | "
              + "\(isMet ? "pass" : "**miss**") |")
        }
      }
      await servers.end()
    }
    try StandardOutput.write(
      """
      \(Self.peers) peers on 127.x.y.z, 500 probes a second, chain and name verified, one core for each contestant (all of \
      `quorate serve`); CPU is user + system for each probe; median of \(rounds) round(s).
      Machine: \(Machine.description).

      | | Quorate | HAProxy | SwiftNIO | compared | target | |
      |---|---|---|---|---|---|---|
      \(lines.joined(separator: "\n"))
      """)
    if isMissed { throw ExitCode(1) }
  }

  private func micros(_ value: Double) -> String { "\(Numbers.decimal(value, 0)) µs" }

  // MARK: Measuring

  /// Microseconds of CPU for each probe.
  private func cost(_ contestant: Contestant, _ servers: SecureServers) async throws -> Double {
    let child = try start(contestant, servers)
    // Every peer has been probed once, and what is remembered of its chain is.
    try await Task.sleep(for: .milliseconds(Self.intervalMs + 2500))
    let before = try cpuNs(child)
    try await Task.sleep(for: .seconds(window))
    let spent = try cpuNs(child) - before
    await child.stop()
    return Double(spent) / 1000 / (Double(window) * Double(Self.peers) * 1000 / Double(Self.intervalMs))
  }

  private func cpuNs(_ child: Child) throws -> UInt64 {
    guard let ns = child.cpuNs else {
      throw BenchError(text: "a contestant has ended:\n\(child.state.value.error.text.suffix(2000))")
    }
    return UInt64(ns)
  }

  private func start(_ contestant: Contestant, _ servers: SecureServers) throws -> Child {
    let pinned = ["-c", "\(BenchHost.contestantCore)"]
    switch contestant {
    case .quorate:
      let file = try write(
        "quorate.yaml",
        servers.quorate(
          peers: Self.peers, port: servers.port, intervalMs: Self.intervalMs, timeoutMs: Self.intervalMs),
        servers)
      return try Child("taskset", pinned + [Programs.sibling("quorate"), "serve", "--config", file])
    case .haproxy:
      let file = try write(
        "haproxy.cfg", servers.haproxy(peers: Self.peers, intervalMs: Self.intervalMs), servers)
      return try Child("taskset", pinned + [BenchHost.haproxy, "-db", "-f", file])
    case .nio:
      return try Child(
        "taskset",
        pinned + [
          Programs.own, "nio", "--port", "\(servers.port)", "--peers", "\(Self.peers)", "--interval",
          "\(Self.intervalMs)", "--ca", servers.ca,
        ])
    }
  }

  /// With connections that stay in the handshake, and with such that wait for an answer behind it.
  private func memory(_ servers: SecureServers) async throws -> [(String, Double)] {
    var found: [(String, Double)] = []
    for (name, port) in [("in the handshake", servers.silentPort), ("behind it", servers.port)] {
      var sizes: [Int] = []
      for timeoutMs in [10, 20_000] {
        // The same settings and peers: only how long connections stay is another.
        let file = try write(
          "quorate.yaml",
          servers.quorate(
            peers: Self.held, port: port, path: "/silent", intervalMs: Self.heldIntervalMs,
            timeoutMs: timeoutMs),
          servers)
        let child = try Child(
          "taskset",
          [
            "-c", "\(BenchHost.contestantCore)", Programs.sibling("quorate"), "serve", "--config", file,
          ])
        try await Task.sleep(for: .seconds(8))
        sizes.append(Machine.residentBytes(of: child.pid))
        await child.stop()
      }
      found.append((name, Double(sizes[1] - sizes[0]) / Double(Self.held)))
    }
    return found
  }

  private func write(_ name: String, _ text: String, _ servers: SecureServers) throws -> String {
    let path = "\(servers.folder)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }
}
