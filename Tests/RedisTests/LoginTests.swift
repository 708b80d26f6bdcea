import Addresses
import Foundation
import Redis
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct LoginTests {
  static let secret = "hunter2-do-not-show"

  @Test(arguments: [
    (RedisPassword.text(secret), "PONG"), (.none, "<refused>"), (.text("wrong"), "<refused>"),
    (.environment(name: "QUORATE_TEST_UNSET"), "<refused>"), (.file(path: "/nowhere/pw"), "<refused>"),
  ]) func aPasswordIsTakenOrRefused(_ password: RedisPassword, _ answer: String) async throws {
    let server = try await RedisServer(["--requirepass", Self.secret])
    let client = server.patientClient { $0.password = password }
    #expect(await client.said("PING") == answer)
  }

  @Test func aPasswordMayBeInAFileOrVariable() async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    #expect(await admin.said("ACL", "SETUSER", "me", "on", ">" + Self.secret, "+@all") == "OK")
    let file = server.folder.file("password")
    try (Self.secret + "\r\nmore\n").write(toFile: file, atomically: true, encoding: .utf8)
    setenv("QUORATE_TEST_PASSWORD", Self.secret, 1)
    for query in ["password-file=\(file)", "password-env=QUORATE_TEST_PASSWORD"] {
      var settings = RedisSettings(try RedisURL("unix://me:@\(server.socket)?\(query)"))
      settings.limits.commandDeadline = .seconds(60)
      let client = RedisClient(settings)
      #expect(await client.said("ACL", "WHOAMI") == "me")
    }
  }

  /// The file is read for each dial: a password that was changed, here and there, needs no restart.
  @Test func aChangedPasswordIsTakenUp() async throws {
    let server = try await RedisServer(["--requirepass", "first"])
    let file = server.folder.file("password")
    try "wrong".write(toFile: file, atomically: true, encoding: .utf8)
    let client = server.patientClient { $0.password = .file(path: file) }
    #expect(await client.said("PING") == "<refused>")
    try "first".write(toFile: file, atomically: true, encoding: .utf8)
    _ = await client.ask(["PING"]) { $0 == "PONG" }
  }

  /// A user's password is changed while connections are up: they stay, and the next one is made with what the file says then.
  @Test func aPasswordIsChangedInBetween() async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    func give(_ password: String) async {
      let rules = ["on", "resetpass", ">" + password, "+@all", "-@admin", "&*"]
      let command = RedisCommand("ACL", arguments: ["SETUSER", "me"] + rules)
      #expect(await admin.pipeline([command])[0].shown == "OK")
    }
    await give("first")
    let file = server.folder.file("password")
    try "first".write(toFile: file, atomically: true, encoding: .utf8)
    let client = server.patientClient { settings in
      settings.user = "me"
      settings.password = .file(path: file)
    }
    var events = client.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else { throw TestStopped() }
    let first = await client.said("CLIENT", "ID")
    await give("second")
    #expect(await client.said("CLIENT", "ID") == first)
    try "second".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(await admin.said("CLIENT", "KILL", "USER", "me") == "2")
    let second = await client.ask(["CLIENT", "ID"]) { !$0.hasPrefix("<") }
    #expect(second != first)
    guard case .lost? = await events.next(), case .gap? = await events.next() else { throw TestStopped() }
    // The other way round: the server is ahead of the file.
    await give("third")
    #expect(await admin.said("CLIENT", "KILL", "USER", "me") == "2")
    _ = await client.ask(["PING"]) { $0 == "<refused>" }
    try "third".write(toFile: file, atomically: true, encoding: .utf8)
    _ = await client.ask(["PING"]) { $0 == "PONG" }
  }

  /// A connection that was good is told to log in: those who asked hear that, each of them, and the next is asked on another
  /// connection with the password of now.
  @Test func aLoginThatIsWantedAgainIsGiven() async throws {
    let server = try await FakeServer { connection, command in
      let isRefused = connection == 1 && command[0] == "GET"
      return isRefused ? .bytes("-NOAUTH Authentication required.\r\n") : .ok
    }
    let folder = try TemporaryFolder()
    let file = folder.file("password")
    try "first".write(toFile: file, atomically: true, encoding: .utf8)
    var settings = server.settings
    settings.password = .file(path: file)
    let client = RedisClient(settings)
    #expect(await client.said("PING") == "OK")
    try "second".write(toFile: file, atomically: true, encoding: .utf8)
    let answers = await client.pipeline((0..<3).map { RedisCommand("GET", "\($0)") })
    #expect(answers.map(\.shown) == ["<refused>", "<refused>", "<refused>"])
    #expect(await client.said("GET", "k") == "OK")
    #expect(server.connections == 2)
    #expect(server.commands.filter { $0[0] == "AUTH" } == [["AUTH", "first"], ["AUTH", "second"]])
  }

  /// A subscriber learns so from the answer to its sign of life.
  @Test func aSubscriberLogsInAgain() async throws {
    let server = try await FakeServer { connection, command in
      switch command[0] {
      case "SUBSCRIBE": .bytes("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")
      case "PING" where connection == 1: .bytes("-NOAUTH Authentication required.\r\n")
      default: .ok
      }
    }
    var settings = server.settings
    settings.password = .text(Self.secret)
    settings.clientName = "n"
    settings.limits.subscriptionSilence = .milliseconds(20)
    let client = RedisClient(settings)
    var events = client.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else { throw TestStopped() }
    guard case .lost(.refused)? = await events.next() else { throw TestStopped() }
    guard case .gap? = await events.next() else { throw TestStopped() }
    #expect(server.connections == 2)
  }

  /// Opening a pipe waits for its writer, and a dial would leave a thread behind each time.
  @Test func aPasswordFileThatIsAPipeIsRefused() async throws {
    let server = try await RedisServer()
    let pipe = server.folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let client = server.patientClient { $0.password = .file(path: pipe) }
    #expect(await client.said("PING") == "<refused>")
  }

  @Test func aForbiddenDatabaseIsSaid() async throws {
    let server = try await RedisServer()
    let client = server.patientClient { $0.database = 99 }
    #expect(await client.said("PING") == "<server>")
  }

  /// A server of another kind may repeat what it was sent. Nothing that we say may contain it.
  @Test(arguments: [
    "-ERR unknown command 'AUTH', with args beginning with: 'me' '\(secret)' \r\n", "-\(secret) is wrong\r\n",
    "-WRONGPASS \(secret) is wrong\r\n", "-NOPERM \(secret)\r\n", "-ERR \(secret)\r\n",
  ]) func aSecretIsNeverShown(_ reply: String) async throws {
    let server = try await FakeServer { _, command in command[0] == "AUTH" ? .bytes(reply) : .ok }
    var settings = server.settings
    settings.user = "me"
    settings.password = .text(Self.secret)
    let journal = Journal<RedisLinkEvent>()
    let client = RedisClient(settings) { journal.add($0) }
    var said = ""
    do throws(RedisError) {
      _ = try await client.send(RedisCommand("SET", "k", Self.secret))
    } catch {
      #expect(error.name == "refused")
      said += "\(error) \(String(reflecting: error))"
      dump(error, to: &said)
    }
    said += "\(journal.entries) \(settings) \(settings.password) \(String(reflecting: settings))"
    said += "\(RedisCommand("AUTH", Self.secret)) \(String(reflecting: RedisCommand("AUTH", Self.secret)))"
    dump(settings, to: &said)
    dump(RedisCommand("AUTH", Self.secret), to: &said)
    #expect(!said.contains(Self.secret))
    #expect(server.commands.first == ["AUTH", "me", Self.secret])
  }
}

/// What was awaited did not come.
private struct TestStopped: Error {}
