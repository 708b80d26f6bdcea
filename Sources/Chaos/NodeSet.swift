import Backends
import FoundationEssentials
import Glibc
import RedisTestServer
import TestServers

/// The nodes of a run. Each has a group id of its own, by which the packets of one can be told from those of others.
final class NodeSet: Sendable {
  /// What disturbs a node now.
  struct State: Sendable {
    /// Nil: it is not running.
    var server: QuorateServer?
    var isPaused = false
    /// Ports that its packets do not reach.
    var cutOff: [Int] = []
    /// Counts its starts.
    var start = 0

    /// It should be in step with the others.
    var isUndisturbed: Bool { server != nil && !isPaused && cutOff.isEmpty }
  }

  private static let firstGroup = 20_001

  let names: [String]
  private let program: String
  private let folder: TestFolder
  private let states = Watched<[String: State]>([:])

  /// - Parameters:
  ///   - program: the path of `quorate`.
  ///   - upstreams: lines of the settings.
  init(_ names: [String], program: String, redis url: String, upstreams: String) async throws {
    self.names = names
    self.program = program
    folder = try TestFolder()
    for name in names {
      _ = try folder.write(
        "\(name).yaml",
        """
        namespace: chaos
        node: \(name)
        listen: 127.0.0.1:0
        redis: "\(url)"
        \(upstreams)
        """)
    }
    try await Self.run("nft", ["add", "table", "inet", "chaos"])
    try await Self.run(
      "nft", ["add", "chain", "inet", "chaos", "out", "{ type filter hook output priority 0 ; }"])
    for name in names { try await start(name) }
  }

  func state(_ name: String) -> State { states.value[name] ?? State() }

  // MARK: Life

  func start(_ name: String) async throws {
    let server = try await QuorateServer(
      running: ["setpriv", "--regid=\(group(name))", "--clear-groups", program],
      ["--config", "\(folder.path)/\(name).yaml"])
    change(name) { state in
      state.server = server
      state.start += 1
    }
  }

  /// Ends it by a signal; returns when it is gone.
  func end(_ name: String, by signal: Int32) async {
    let server = state(name).server
    change(name) { $0.server = nil }
    await server?.process.stop(with: signal)
  }

  func pause(_ name: String) {
    change(name) { $0.isPaused = true }
    state(name).server?.process.signal(SIGSTOP)
  }

  func resume(_ name: String) {
    state(name).server?.process.signal(SIGCONT)
    change(name) { $0.isPaused = false }
  }

  func endAll() async { for name in names { await end(name, by: SIGTERM) } }

  private func change(_ name: String, _ body: @Sendable (inout State) -> Void) {
    states.change { states in
      var state = states[name] ?? State()
      body(&state)
      states[name] = state
    }
  }

  // MARK: Cutting off

  /// From now on nothing of the node reaches these ports, and nothing says so; none: everything does.
  func cut(_ name: String, off ports: [Int]) async throws {
    change(name) { $0.cutOff = ports }
    try await Self.run("nft", ["flush", "chain", "inet", "chaos", "out"])
    for name in names {
      let ports = state(name).cutOff
      guard !ports.isEmpty else { continue }
      let set = "{ \(ports.map { "\($0)" }.joined(separator: ", ")) }"
      try await Self.run(
        "nft",
        [
          "add", "rule", "inet", "chaos", "out", "meta", "skgid", "\(group(name))", "tcp", "dport", set,
          "drop",
        ])
    }
  }

  private func group(_ name: String) -> Int { Self.firstGroup + (names.firstIndex(of: name) ?? 0) }

  static func run(_ program: String, _ words: [String]) async throws {
    let child = try Child(program, words)
    guard await child.end(within: .seconds(20)) == .exit(0) else {
      throw TestServerError("\(program) \(words.joined(separator: " ")): \(child.state.value.error.text)")
    }
  }

  // MARK: Pages

  /// What the page of a node tells of each upstream.
  struct Page: Decodable, Sendable {
    struct Upstream: Decodable, Sendable {
      struct Peer: Decodable, Sendable {
        var peer: String
        var status: String
      }
      var name: String
      var term: UInt64?
      var seq: UInt64?
      var peers: [Peer]
    }
    var stale: Bool
    var upstreams: [Upstream]

    /// By peer.
    var status: [String: String] {
      upstreams.reduce(into: [:]) { all, upstream in
        for peer in upstream.peers { all[peer.peer] = peer.status }
      }
    }
  }

  /// Nil: it does not answer.
  func page(_ name: String) async -> Page? {
    guard let server = state(name).server, let answer = try? await server.get("/api/v1/upstreams") else {
      return nil
    }
    return try? JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
  }

  /// The last lines of each, for who has to find out.
  var logs: String {
    names.map { name in
      let lines = (state(name).server?.log ?? "").split(separator: "\n")
        .filter { !$0.contains("healthcheck: ") }.suffix(200)
      return lines.map { "\(name) \($0)" }.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
