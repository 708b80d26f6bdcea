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
