import Backends
import Glibc
import TestServers

/// Two network namespaces of the test's own: everybody's, and that of one node, which can be cut off. They go with the
/// object.
final class Namespaces: Sendable {
  static let hubAddress = "10.77.0.1"
  static let nodeAddress = "10.77.0.2"

  let hub: String
  let node: String

  /// Whether this machine lets the tests make any.
  static let areToBeHad: Bool = geteuid() == 0 && access("/var/run", W_OK) == 0

  init() async throws {
    hub = "quorate-\(getpid())-hub"
    node = "quorate-\(getpid())-node"
    for name in [hub, node] {
      try await Self.ip("netns", "add", name)
      try await Self.ip("-n", name, "link", "set", "lo", "up")
    }
    try await Self.ip("-n", hub, "link", "add", "q0", "type", "veth", "peer", "name", "q1", "netns", node)
    for (name, link, address) in [(hub, "q0", Self.hubAddress), (node, "q1", Self.nodeAddress)] {
      try await Self.ip("-n", name, "address", "add", "\(address)/24", "dev", link)
      try await Self.ip("-n", name, "link", "set", link, "up")
    }
    try await nft("add", "table", "inet", "cut")
    try await nft("add", "chain", "inet", "cut", "out", "{ type filter hook output priority 0 ; }")
  }

  func end() async throws {
    for name in [node, hub] { try await Self.ip("netns", "delete", name) }
  }

  /// From now on nothing of the node reaches these ports, and nothing says so.
  func cut(_ ports: String) async throws {
    try await nft("add", "rule", "inet", "cut", "out", "tcp", "dport", "{ \(ports) }", "drop")
  }

  func heal() async throws { try await nft("flush", "chain", "inet", "cut", "out") }

  /// A program in one of them.
  static func start(_ name: String, _ program: String, _ arguments: [String]) throws -> Child {
    try Child("ip", ["netns", "exec", name, program] + arguments)
  }

  private func nft(_ words: String...) async throws {
    try await Self.run("ip", ["netns", "exec", node, "nft"] + words)
  }

  private static func ip(_ words: String...) async throws { try await run("ip", words) }

  private static func run(_ program: String, _ words: [String]) async throws {
    let child = try Child(program, words)
    guard await child.end(within: .seconds(20)) == .exit(0) else {
      throw TestServerError("\(program) \(words.joined(separator: " ")): \(child.state.value.error.text)")
    }
  }
}
