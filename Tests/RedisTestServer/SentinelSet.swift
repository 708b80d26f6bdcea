import NIOConcurrencyHelpers

/// One primary, two replicas and three Sentinels on ports of 127.0.0.1: they call a primary down that is silent for a
/// second, and two of them make another one.
package final class SentinelSet: Sendable {
  /// The name that the Sentinels know the primary by.
  package static let master = "mymaster"

  /// A server, and where it listens.
  package struct Member: Sendable {
    package let server: RedisServer
    package let port: Int
    /// Where the others, and everybody else, are told that it is.
    package let announced: Int
  }

  /// The first is the primary in the beginning.
  package let members: [Member]
  package let sentinels: [SentinelServer]
  private let access: ServerAccess

  /// Returns when the replicas have what the primary has, and each Sentinel knows all others.
  ///
  /// - Parameter announcing: by which port others go to the server of a port: its own, or that of something in between.
  package init(
    _ access: ServerAccess = ServerAccess(), announcing: (Int) async throws -> Int = { $0 }
  ) async throws {
    self.access = access
    var members: [Member] = []
    for _ in 0..<3 {
      let port = try FreePort.findToKeep()
      let announced = try await announcing(port)
      let link = members.first.map { ["--replicaof", "127.0.0.1", "\($0.announced)"] } ?? []
      let own = announced == port ? [] : ["--replica-announce-port", "\(announced)"]
      let server = try await RedisServer(Self.quick + access.options(port: port) + own + link)
      members.append(Member(server: server, port: port, announced: announced))
    }
    self.members = members
    let first = members[0]
    try await TestQuestion.until("two replicas are in step") {
      let text = try Self.ask(first, access, "INFO", "replication").text ?? ""
      return text.contains("connected_slaves:2") && text.split(separator: "state=online").count == 3
    }
    sentinels = try (0..<3).map { _ in
      try SentinelServer(of: Self.master, primary: first.announced, access)
    }
    for sentinel in sentinels {
      try await TestQuestion.until("each Sentinel knows all others and the replicas") {
        let known = try sentinel.ask("SENTINEL", "MASTER", Self.master)
        let replicas = try sentinel.ask("SENTINEL", "REPLICAS", Self.master).list
        return known["num-other-sentinels"] == "2" && known["flags"] == "master" && replicas.count == 2
          && replicas.allSatisfy { $0["flags"] == "slave" && $0["master-link-status"] == "ok" }
      }
    }
  }

  /// Replicas begin at once, and a silent link is noticed soon.
  private static let quick = [
    "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
  ]

  package var sentinelPorts: [Int] { sentinels.map(\.port) }

  /// Asks one server, as the default user.
  ///
  /// - Throws: when there is no answer within 2 s.
  @discardableResult
  package func ask(_ member: Int, _ words: String...) throws(TestServerError) -> TestAnswer {
    try TestQuestion.ask(words, socket: members[member].server.socket, password: access.password)
  }

  private static func ask(
    _ member: Member, _ access: ServerAccess, _ words: String...
  ) throws(TestServerError) -> TestAnswer {
    try TestQuestion.ask(words, socket: member.server.socket, password: access.password)
  }

  /// The server that two Sentinels name, and that says of itself that it is the primary. Nil: there is none now.
  package var primary: Int? {
    let named = sentinels.compactMap { sentinel in
      (try? sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.master))?.list.last?.text
    }
    return members.indices.first { index in
      named.count { $0 == String(members[index].announced) } >= 2
        && (try? ask(index, "ROLE"))?.list.first?.text == "master"
    }
  }

  /// Returns the new primary when the Sentinels have made another one than `former`.
  package func primary(after former: Int) async throws -> Int {
    try await TestQuestion.until("another primary than \(former)") { primary.map { $0 != former } ?? false }
    guard let primary else { throw TestServerError("the primary is gone again") }
    return primary
  }

  /// Returns when `member` follows a primary: an old one that came back has been told to.
  package func isReplica(_ member: Int) async throws {
    try await TestQuestion.until("\(member) is a replica in step") {
      let role = try ask(member, "ROLE").list
      return role.first?.text == "slave" && role.dropFirst(3).first?.text == "connected"
    }
  }

  /// From now on these Sentinels (nil: all) name another server, and forget the former ones: those are not told, as a
  /// primary is not that the Sentinels cannot reach.
  package func name(primary port: Int, at chosen: [Int]? = nil) throws(TestServerError) {
    let chosen = chosen?.map { sentinels[$0] } ?? sentinels
    // All forget before the first one names another, or they would remind each other.
    for sentinel in chosen { try sentinel.ask("SENTINEL", "REMOVE", Self.master) }
    for sentinel in chosen {
      try sentinel.ask("SENTINEL", "MONITOR", Self.master, "127.0.0.1", "\(port)", "2")
      if let password = access.password {
        try sentinel.ask("SENTINEL", "SET", Self.master, "auth-pass", password)
      }
    }
  }
}
