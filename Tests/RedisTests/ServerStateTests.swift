import Addresses
import Foundation
import Redis
import RedisTestServer
import Testing

/// States of a real server in which it answers with an error: the class of each, and that the client goes on.
@Suite(.timeLimit(.minutes(5))) struct ServerStateTests {
  @Test func outOfMemory() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("CONFIG", "SET", "maxmemory", "1") == "OK")
    #expect(await client.said("SET", "k", "v") == "<out_of_memory>")
    #expect(await client.said("EVAL", "#!lua\nreturn redis.call('SET', 'k', 'v')", "0") == "<out_of_memory>")
    #expect(await client.said("EVAL", "return redis.call('SET', 'k', 'v')", "0") == "<out_of_memory>")
    #expect(await client.said("CONFIG", "SET", "maxmemory", "0") == "OK")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  @Test func readOnly() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("REPLICAOF", "127.0.0.1", "1") == "OK")
    #expect(await client.said("SET", "k", "v") == "<read_only>")
    #expect(await client.said("EVAL", "return redis.call('SET', 'k', 'v')", "0") == "<read_only>")
    #expect(await client.said("REPLICAOF", "NO", "ONE") == "OK")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  @Test func noReplicas() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("CONFIG", "SET", "min-replicas-to-write", "1") == "OK")
    #expect(await client.said("SET", "k", "v") == "<no_replicas>")
    #expect(await client.said("CONFIG", "SET", "min-replicas-to-write", "0") == "OK")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  @Test func misconfigured() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let target = server.folder.file("dump.rdb")
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
    #expect(await client.said("CONFIG", "SET", "save", "3600 1000000") == "OK")
    #expect(await client.said("SET", "k", "v") == "OK")
    #expect(await client.said("BGSAVE") == "Background saving started")
    _ = await client.ask(["INFO", "persistence"]) { $0.contains("rdb_last_bgsave_status:err") }
    #expect(await client.said("SET", "k", "v") == "<misconfigured>")
    #expect(await client.said("GET", "k") == "v")
    #expect(await client.said("CONFIG", "SET", "save", "") == "OK")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  @Test func loading() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("DEBUG", "POPULATE", "3000") == "OK")
    #expect(await client.said("SAVE") == "OK")
    server.stop()
    // A millisecond for each key, and a look at the clients after each kilobyte.
    let slow = ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
    try await server.start(slow, until: "Server initialized")
    let answers = server.patientClient()
    let first = await answers.ask(["GET", "key:1"]) { $0 != "<unreachable>" }
    #expect(first == "<loading>")
    let last = await answers.ask(["GET", "key:1"]) { $0 != "<loading>" }
    #expect(last == "value:1")
    // The client that saw the server die goes on as well.
    _ = await client.ask(["GET", "key:2"]) { $0 == "value:2" }
  }

  @Test func busy() async throws {
    let server = try await RedisServer(["--busy-reply-threshold", "10"])
    let client = server.patientClient()
    let other = server.patientClient()
    let endless = Task { await client.said("EVAL", "while true do end", "0") }
    _ = await other.ask(["GET", "k"]) { $0 == "<busy>" }
    #expect(await other.said("SCRIPT", "KILL") == "OK")
    #expect(await endless.value == "<server>")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  @Test func wrongType() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("SET", "k", "v") == "OK")
    #expect(await client.said("HGETALL", "k") == "<wrong_type>")
    #expect(await client.said("GET", "k") == "v")
  }

  @Test func noPermission() async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    #expect(
      await admin.said("ACL", "SETUSER", "reader", "on", ">pw", "~mine:*", "resetchannels", "+get") == "OK")
    // Naming is forbidden to this one, which is no reason not to be connected.
    let reader = server.patientClient {
      $0.user = "reader"
      $0.password = .text("pw")
      $0.clientName = "reader"
    }
    #expect(await reader.said("GET", "mine:k") == "null")
    #expect(await reader.said("GET", "k") == "<no_permission>")
    #expect(await reader.said("SET", "mine:k", "v") == "<no_permission>")
    #expect(await reader.said("GET", "mine:k") == "null")
  }

  @Test func tooManyClients() async throws {
    let server = try await RedisServer(["--maxclients", "1"])
    let client = server.patientClient()
    #expect(await client.said("PING") == "PONG")
    let journal = Journal<RedisLinkEvent>()
    let second = RedisClient(server.settings) { journal.add($0) }
    let waiting = Task { await second.said("PING", deadline: .seconds(3_600)) }
    await journal.wait { !$0.isEmpty }
    guard case .failed(.unreachable(let why)) = journal.entries.first else {
      Issue.record("\(journal.entries)")
      return
    }
    #expect(why.contains("max number of clients"))
    await client.close()
    #expect(await waiting.value == "PONG")
  }
}
