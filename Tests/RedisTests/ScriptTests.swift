import Addresses
import Redis
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct ScriptTests {
  static let add = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
  static let echo = RedisScript("return {ARGV[1], #KEYS}")

  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
    (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
  ]) func hasADigest(_ text: String, _ digest: String) {
    #expect(RedisScript(text).digest == digest)
  }

  /// All lengths about the end of a block, judged by the server.
  @Test func hasTheServersDigest() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    for length in 0..<130 {
      let script = RedisScript("return 1 --" + String(repeating: "x", count: length))
      #expect(await client.said("SCRIPT", "LOAD", script.text) == script.digest)
    }
  }

  @Test func runsWhetherTheServerHasItOrNot() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    for round in 1...10 {
      let reply = try await client.evaluate(Self.add, keys: ["n"], arguments: ["2"])
      #expect(reply.integer == 2 * round)
      if round % 2 == 0 { #expect(await client.said("SCRIPT", "FLUSH") == "OK") }
    }
  }

  /// Run exactly once each, whatever the server forgets in between.
  @Test func runsWhileAnotherFlushes() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let other = server.patientClient()
    let flushing = Task {
      while !Task.isCancelled { _ = await other.said("SCRIPT", "FLUSH") }
    }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            let result = await client.evaluate([
              RedisScriptCall(Self.add, keys: ["n"], arguments: ["1"]),
              RedisScriptCall(Self.echo, keys: ["a", "b"], arguments: ["x"]),
            ])
            // Flushed between the question and the text, the server has it from the text itself.
            #expect(result.last?.shown == "[x 2]")
          }
        }
      }
    }
    flushing.cancel()
    await flushing.value
    #expect(await client.said("GET", "n") == "400")
  }

  @Test func tellsTheErrorsInsideAScript() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("SET", "n", "text") == "OK")
    #expect(await client.said("EVAL", "return redis.call('HGETALL', 'n')", "0") == "<wrong_type>")
    #expect(await client.said("EVAL", "return redis.error_reply('MINE and more')", "0") == "<server>")
    #expect(await client.said("EVAL", "this is not Lua", "0") == "<server>")
  }

  /// A command, a key that was not declared, a channel.
  @Test(arguments: ["'HSET', 'mine', 'f', 'v'", "'GET', 'other'", "'PUBLISH', 'other', 'm'"])
  func tellsWhatTheUserLacksInsideAScript(call: String) async throws {
    let server = try await RedisServer()
    let admin = server.patientClient()
    let rules = ["on", "nopass", "~mine", "resetchannels", "+@all", "-hset"]
    #expect(try await admin.send(RedisCommand("ACL", arguments: ["SETUSER", "me"] + rules)).string == "OK")
    let client = server.patientClient {
      $0.user = "me"
      $0.password = .text("any")
    }
    #expect(await client.said("EVAL", "return redis.call(\(call))", "0") == "<no_permission>")
  }
}
