import BenchTools
import FoundationEssentials
import Glibc
import RedisTestServer
import TestServers

/// One `quorate serve` of the release build.
struct Node: Sendable {
  private let process: ChildProcess
  private let port: UInt16

  /// Serves when this returns; it has not settled yet.
  ///
  /// - Parameter redis: the path of a socket; nil: everything stays in the node.
  init(_ name: String, redis: String?, upstreams: String, in folder: TemporaryFolder) async throws {
    port = UInt16(try FreePort.find())
    let file = folder.file("\(name).yaml")
    let text = """
      namespace: \(Cluster.namespace)
      node: \(name)
      listen: 127.0.0.1:\(port)
      \(redis.map { "redis: unix://\($0)" } ?? "")
      \(upstreams)
      """
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    process = try ChildProcess([Programs.sibling("quorate"), "serve", "--config", file])
    try await process.says("serving on")
  }

  func usage() throws -> NodeUsage {
    guard let id = process.id, let cpu = Machine.cpuSeconds(of: id) else {
      throw BenchError(text: "a node has ended")
    }
    return NodeUsage(cpuSeconds: cpu, residentBytes: Machine.residentBytes(of: id))
  }

  /// What it serves is confirmed by the ledger.
  func isReady() async -> Bool {
    (try? await HttpClient.get("/readyz", port: port))?.status == 200
  }

  func terminate() { process.signal(SIGTERM) }

  var isRunning: Bool { !process.isGone }

  func end() { process.end() }
}

/// What a node has taken so far.
struct NodeUsage: Sendable {
  var cpuSeconds: Double
  var residentBytes: Int
}
