import Addresses
import Discovery
import Health
import Naming
import Settings
import TestServers
import Testing

/// A node's upstreams, with answers that the test gives.
struct Rig {
  let folder: TestFolder
  var discovery: PeerDiscovery
  var ms: Int64 = 0
  private(set) var definitions: [UpstreamDefinition] = []
  private(set) var lines: [String] = []
  /// Other definitions that came of it.
  private(set) var changes = 0
  /// What is in force, where it is not what this node has.
  var inForce: Set<PeerName>?
  /// By name; nil: nobody answers.
  var answers: [String: NameResult] = [:]

  /// - Parameter files: beside the settings.
  init(_ yaml: String, answers: [String: NameResult], files: [String: String] = [:]) throws {
    folder = try TestFolder()
    for (name, text) in files { try folder.write(name, text) }
    discovery = PeerDiscovery([])
    self.answers = answers
    try read(yaml).get()
  }

  static func loaded(_ yaml: String, in folder: TestFolder) throws -> [UpstreamSettings] {
    let file = try folder.write("q.yaml", yaml)
    let loader = SettingsLoader(environment: [:], hostName: "host", lua: LuaProgram(path: Programs.quorate))
    return try loader.load(config: file).get().settings.upstreams
  }

  /// At the start and at a reload.
  @discardableResult
  mutating func read(_ yaml: String) throws -> Result<Void, Problems> {
    let earlier = definitions.isEmpty ? nil : discovery
    var new = PeerDiscovery(try Self.loaded(yaml, in: folder), after: earlier)
    for _ in 0..<2 { answer(&new) }
    switch new.start(after: earlier) {
    case .success(let all):
      discovery = new
      definitions = all.definitions
      return .success(())
    case .failure(let problems): return .failure(problems)
    }
  }

  private func answer(_ discovery: inout PeerDiscovery) {
    let questions = discovery.due(at: ms)
    let silence = NameResult.failure(NameFailure(.failed, "time-out"))
    discovery.take(
      questions.map { ($0, answers[$0.name] ?? silence) }, askedMs: ms, at: time)
  }

  private var time: NameTime { NameTime(steadyMs: ms, wallMs: 1_700_000_000_000 + ms) }

  /// Time passes, and what is due is asked.
  mutating func pass(_ ms: Int64 = 30_000, rounds: Int = 1) {
    for _ in 0..<rounds {
      self.ms += ms
      for _ in 0..<2 { answer(&discovery) }
      settle()
    }
  }

  /// The files are looked at.
  mutating func readFiles() {
    for (number, watch) in discovery.watched.enumerated() {
      discovery.take(watch.file.read(), ofFile: number, at: time)
    }
    settle()
  }

  private mutating func settle() {
    let own = definitions
    let output = discovery.settle(at: time) { [inForce] name in
      inForce ?? Set(own.first { $0.name == name }?.peers.map(\.name) ?? [])
    }
    lines += output.lines.map(\.text)
    guard let new = output.definitions else { return }
    changes += 1
    definitions = new
  }

  /// `10.0.0.1:80` or `10.0.0.2:80 backup`.
  func peers(_ upstream: Int = 0) -> [String] {
    definitions[upstream].peers.map { "\($0.name)\($0.role == .backup ? " backup" : "")" }
  }

  static func addresses(_ texts: String...) -> NameResult {
    .success(.addresses(texts.compactMap { IPAddress($0) }))
  }

  static func services(_ records: (target: String, port: UInt16, priority: UInt16)...) -> NameResult {
    .success(
      .services(records.map { ServiceRecord(target: $0.target, port: $0.port, priority: $0.priority) }))
  }

  static let gone = NameResult.failure(NameFailure(.notFound, "Domain name not found"))
}
