import Backends
import RedisTestServer
import TestServers
import Testing

/// Two workers of nginx and follow.py, which follow the same Redis.
struct BothReaders {
  let nginx: WorkerNginx
  let python: Child

  /// Where a search for what they say next begins.
  struct Mark {
    var nginx = 0
    var python = 0
  }

  /// - Parameters:
  ///   - url: for follow.py.
  ///   - lua: what `redis` is for quorate.lua, in Lua.
  ///   - http: directives of nginx.
  static func run(
    _ url: String, lua: String, http: String = "", _ body: (BothReaders) async throws -> Void
  ) async throws {
    var own = WorkerNginx.Own(worker: cluster(lua))
    own.http = "lua_socket_log_errors off; " + http
    try await WorkerNginx.run(own) { nginx in
      let readers = BothReaders(nginx: nginx, python: try ExampleFiles.follower(url))
      try await body(readers)
      await readers.python.stop()
    }
  }

  /// A cluster in Lua that says each change.
  static func cluster(_ redis: String, options: String = "longest_rest = 300,") -> String {
    """
    quorate.new {
      redis = \(redis), namespace = "\(DecidingLeader.namespace)", upstreams = { "foo.com" }, \(options)
      \(WorkerNginx.onChange)
    }:start()

    """
  }

  var mark: Mark { Mark(nginx: nginx.logEnd, python: python.state.value.output.whole.count) }

  /// Returns when all three have said this change.
  func say(_ change: String, from mark: Mark = Mark()) async throws {
    try await nginx.allSay("changed \(change)", from: mark.nginx)
    let line = await python.line(with: change, on: .output, from: mark.python, within: .seconds(60))
    guard line != nil else {
      throw TestServerError("follow.py did not say \(change):\n\(python.state.value)")
    }
  }

  /// Returns when they have told this trouble.
  func tell(_ nginxTrouble: String, _ pythonTrouble: String) async throws {
    try await nginx.allSay(nginxTrouble)
    guard await python.line(with: pythonTrouble, within: .seconds(60)) != nil else {
      throw TestServerError("follow.py did not tell \(pythonTrouble):\n\(python.state.value)")
    }
  }

  /// Returns when, by all that they have said, this is what they know. What was read again is told in any order.
  func know(_ truth: [String: String]) async throws {
    do {
      try await TestQuestion.until("they know what is true", within: .seconds(20)) {
        (nginx.changes() + [pythonChanges()]).allSatisfy { Self.known($0) == truth }
      }
    } catch {
      for changes in nginx.changes() + [pythonChanges()] { #expect(Self.known(changes) == truth) }
    }
  }

  /// What somebody knows who has said these changes.
  static func known(_ changes: [String]) -> [String: String] {
    let pairs = changes.map { $0.split(separator: " ").map(String.init) }
    return Dictionary(pairs.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
  }

  private func pythonChanges(from start: Int = 0) -> [String] {
    python.state.value.output.whole.dropFirst(start).map {
      $0.split(separator: " ").prefix(2).joined(separator: " ")
    }
  }

  /// `leader` turns peers, one after the other: all three say each change once, as its event comes. Without events each
  /// would be seen by the next comparison, seconds later.
  func followAll(_ leader: DecidingLeader, times: Int = 10) async throws {
    let start = mark
    let began = ContinuousClock.now
    var changes: [String] = []
    for _ in 0..<times {
      let mark = mark
      changes.append(try await leader.turnPeer())
      try await say(changes.last ?? "", from: mark)
    }
    #expect(ContinuousClock.now - began < .seconds(2 * times))
    for one in nginx.changes(from: start.nginx) + [pythonChanges(from: start.python)] {
      #expect(one == changes)
    }
    try await know(await leader.truth)
  }
}
