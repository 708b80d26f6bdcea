import Redis
import Testing

@Suite struct ServerErrorTests {
  static let classes = [
    ("NOAUTH Authentication required.", "refused"),
    ("WRONGPASS invalid username-password pair or user is disabled.", "refused"),
    ("NOSCRIPT No matching script. Please use EVAL.", "script_missing"),
    ("READONLY You can't write against a read only replica.", "read_only"),
    ("LOADING Redis is loading the dataset in memory", "loading"),
    ("BUSY Redis is busy running a script.", "busy"),
    ("BUSYGROUP Consumer Group name already exists", "server"),
    ("OOM command not allowed when used memory > 'maxmemory'.", "out_of_memory"),
    ("NOREPLICAS Not enough good replicas to write.", "no_replicas"),
    ("MISCONF Redis is configured to save RDB snapshots", "misconfigured"),
    ("NOPERM this user has no permissions", "no_permission"),
    ("WRONGTYPE Operation against a key holding the wrong kind of value", "wrong_type"),
    ("MOVED 3999 127.0.0.1:6381", "moved"),
    ("ASK 3999 127.0.0.1:6381", "ask"),
    ("MOVED 3999 :6381", "moved"),
    ("TRYAGAIN Multiple keys request during rehashing of slot", "try_again"),
    ("CLUSTERDOWN The cluster is down", "cluster_down"),
    ("CLUSTERDOWN Hash slot not served", "cluster_down"),
    (
      "ERR The user executing the script can't run this command or subcommand script: 2ae998ff, on @user_script:1.",
      "no_permission"
    ),
    ("NOPERM ACL failure in script: this user has no permissions", "no_permission"),
    ("MOVED nowhere", "server"),
    ("ERR syntax error", "server"),
    ("", "server"),
    (
      "ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -OOM command not allowed",
      "out_of_memory"
    ),
  ]

  @Test(arguments: classes) func hasAClass(_ text: String, _ name: String) throws {
    let error = try #require(try error(text))
    #expect(error.name == name)
    #expect(!error.isOutcomeUnknown)
  }

  @Test func readsARedirection() throws {
    #expect(try error("MOVED 3999 127.0.0.1:6381") == .moved(slot: 3999, address: "127.0.0.1:6381"))
    #expect(try error("ASK 0 [::1]:1") == .ask(slot: 0, address: "[::1]:1"))
  }

  @Test func keepsItsCode() throws {
    #expect(try error("CROSSSLOT Keys differ") == .server(code: "CROSSSLOT", text: "CROSSSLOT Keys differ"))
  }

  @Test func repeatsNoArguments() throws {
    let error = try #require(try error("ERR unknown command 'AUTH', with args beginning with: 'hunter2' "))
    #expect(!"\(error)".contains("hunter2"))
  }

  @Test func isFitForALogLine() throws {
    let error = try #require(try error("ERR \u{1b}[31mred\u{7f}é" + String(repeating: "x", count: 1_000)))
    #expect("\(error)".count < 300)
    #expect("\(error)".utf8.allSatisfy { $0 >= 32 && $0 < 127 })
  }

  private func error(_ text: String) throws -> RedisError? {
    let parser = try #require(RedisReplyParser())
    return try parser.feed(Array("-\(text)\r\n".utf8)).first?.error
  }
}
