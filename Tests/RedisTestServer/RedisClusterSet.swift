/// A Redis Cluster on ports of 127.0.0.1: three primaries with a third of the slots each, and a replica of each. A primary
/// that is silent for a second is replaced by its replica.
package final class RedisClusterSet: Sendable {
  /// A server, and where it listens.
  package struct Member: Sendable {
    package let server: RedisServer
    package let port: Int
    /// Where everybody else is told that it is.
    package let announced: Int
    fileprivate let bus: Int
    /// The node's own name in the cluster.
    package let id: String
  }

  /// The first three are primaries in the beginning, `3 + n` is the replica of `n`.
  package let members: [Member]
  private let access: ServerAccess

  /// Returns when every server says that the cluster is whole.
  ///
  /// - Parameter announcing: by which port others go to the server of a port: its own, or that of something in between.
  package init(
    _ access: ServerAccess = ServerAccess(), announcing: (Int) async throws -> Int = { $0 }
  ) async throws {
    self.access = access
    var members: [Member] = []
    for _ in 0..<6 { members.append(try await Self.start(access, announcing)) }
    self.members = members
    try await join()
  }

  private static func start(
    _ access: ServerAccess, _ announcing: (Int) async throws -> Int
  ) async throws -> Member {
    let port = try FreePort.findToKeep()
    let announced = try await announcing(port)
    let bus = try FreePort.findToKeep()
    let server = try await RedisServer(
      [
        "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
        "--cluster-enabled", "yes", "--cluster-port", "\(bus)", "--cluster-node-timeout", "1000",
        "--cluster-config-file", "nodes.conf",
      ] + (announced == port ? [] : ["--cluster-announce-port", "\(announced)"]) + access.options(port: port)
        + (access.tls == nil ? [] : ["--tls-cluster", "yes"]))
    let id = try TestQuestion.ask(["CLUSTER", "MYID"], socket: server.socket, password: access.password)
    return Member(server: server, port: port, announced: announced, bus: bus, id: id.text ?? "")
  }

  private func join() async throws {
    for (index, member) in members.enumerated() {
      try expect(index, "CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
      if index > 0 { try expect(0, "CLUSTER", "MEET", "127.0.0.1", "\(member.port)", "\(member.bus)") }
      let start = 16_384 * index / 3
      if index < 3 {
        try expect(index, "CLUSTER", "ADDSLOTSRANGE", "\(start)", "\(16_384 * (index + 1) / 3 - 1)")
      }
    }
    try await all("the servers know each other") {
      let lines = try ask($0, "CLUSTER", "NODES").text?.split(separator: "\n") ?? []
      return lines.count == 6 && !lines.contains { $0.contains("handshake") }
    }
    for index in 3..<6 { try expect(index, "CLUSTER", "REPLICATE", members[index - 3].id) }
    try await all("the cluster is whole") { index in
      let info = try ask(index, "CLUSTER", "INFO").text ?? ""
      let nodes = try ask(index, "CLUSTER", "NODES").text ?? ""
      let isLinked = try ask(index, "ROLE").list.dropFirst(3).first?.text == "connected"
      return info.contains("cluster_state:ok") && info.contains("cluster_size:3")
        && nodes.split(separator: "slave ").count == 4 && (index < 3 || isLinked)
    }
  }

  private func all(_ what: String, _ isSo: (Int) throws -> Bool) async throws {
    for index in members.indices { try await TestQuestion.until(what) { try isSo(index) } }
  }

  /// Asks one server, as the default user.
  ///
  /// - Throws: when there is no answer within 2 s.
  @discardableResult
  package func ask(_ member: Int, _ words: String...) throws(TestServerError) -> TestAnswer {
    try TestQuestion.ask(words, socket: members[member].server.socket, password: access.password)
  }

  private func expect(_ member: Int, _ words: String...) throws(TestServerError) {
    let answer = try TestQuestion.ask(
      words, socket: members[member].server.socket, password: access.password)
    guard answer.text == "OK" else { throw TestServerError("\(words): \(answer)") }
  }

  /// The slot of a key.
  package func slot(of key: String) throws(TestServerError) -> Int {
    guard let slot = try ask(0, "CLUSTER", "KEYSLOT", key).integer else { throw TestServerError("no slot") }
    return slot
  }

  /// The primary that has the slot by its own word. Nil: none has it now.
  package func owner(of slot: Int) -> Int? {
    members.indices.first { index in
      guard let nodes = (try? ask(index, "CLUSTER", "NODES"))?.text else { return false }
      guard let own = nodes.split(separator: "\n").first(where: { $0.contains("myself") }) else {
        return false
      }
      let words = own.split(separator: " ")
      return words[2].contains("master") && words.dropFirst(8).contains { Self.range(of: $0).contains(slot) }
    }
  }

  /// `5` or `0-5460`; a slot that is being moved, in brackets, is none.
  private static func range(of word: Substring) -> ClosedRange<Int> {
    let ends = word.split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last, first <= last else { return -1 ... -1 }
    return first...last
  }

  /// Returns the slot's owner when it is another one than `former`: also each live server says so.
  package func owner(of slot: Int, after former: Int) async throws -> Int {
    try await TestQuestion.until("slot \(slot) has another owner than \(former)") {
      owner(of: slot).map { $0 != former } ?? false
    }
    guard let owner = owner(of: slot) else { throw TestServerError("slot \(slot) has no owner again") }
    for index in members.indices where members[index].server.processID != nil {
      try await TestQuestion.until("server \(index) says who has slot \(slot)") {
        try ask(index, "CLUSTER", "INFO").text?.contains("cluster_state:ok") == true
          && isTold(by: index, slot: slot, owner: members[owner].id)
      }
    }
    return owner
  }

  private func isTold(by index: Int, slot: Int, owner id: String) throws(TestServerError) -> Bool {
    let nodes = try ask(index, "CLUSTER", "NODES").text ?? ""
    return nodes.split(separator: "\n").contains { line in
      line.hasPrefix(id)
        && line.split(separator: " ").dropFirst(8).contains { Self.range(of: $0).contains(slot) }
    }
  }

  /// Begins to move a slot: keys that are not at its owner any more are asked for at `target` with ASK.
  package func beginMoving(slot: Int, to target: Int) throws(TestServerError) {
    guard let source = owner(of: slot) else { throw TestServerError("slot \(slot) has no owner") }
    try expect(target, "CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", members[source].id)
    try expect(source, "CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", members[target].id)
  }

  /// Moves up to `limit` keys of a slot that is being moved; returns how many.
  @discardableResult
  package func moveKeys(slot: Int, to target: Int, limit: Int = 1_000) throws(TestServerError) -> Int {
    guard let source = owner(of: slot) else { throw TestServerError("slot \(slot) has no owner") }
    let keys = try ask(source, "CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(limit)").list.compactMap(\.text)
    guard !keys.isEmpty else { return 0 }
    try move(keys, from: source, to: target)
    return keys.count
  }

  /// Moves these keys of a slot that is being moved.
  package func move(_ keys: [String], from source: Int, to target: Int) throws(TestServerError) {
    let login = access.password.map { ["AUTH", $0] } ?? []
    let words =
      ["MIGRATE", "127.0.0.1", "\(members[target].port)", "", "0", "2000"] + login + ["KEYS"] + keys
    let answer = try TestQuestion.ask(
      words, socket: members[source].server.socket, password: access.password)
    guard answer.text == "OK" else { throw TestServerError("MIGRATE: \(answer)") }
  }

  /// Ends the move: from now on `target` has the slot.
  package func finishMoving(slot: Int, to target: Int) throws(TestServerError) {
    let source = owner(of: slot)
    for index in [target, source].compactMap({ $0 }) {
      try expect(index, "CLUSTER", "SETSLOT", "\(slot)", "NODE", members[target].id)
    }
  }
}
