import Backends
import Glibc
import TestServers

/// Debian's nginx with its Lua module and the example's configuration: two workers, which share no state.
final class WorkerNginx: Sendable {
  static let workers = 2

  private let process: Child
  private let reserved: ReservedPort
  private let folder: TestFolder

  /// Runs `body` with an nginx that serves, and ends it: its workers would outlive a master that was killed.
  ///
  /// - Parameters:
  ///   - redis: path of a socket; there need not be a server.
  ///   - http: base URLs of nodes.
  ///   - modules: Lua modules of the test's own, by file name.
  static func run(
    redis: String, http: [String] = [], peers: [String], modules: [String: String] = [:],
    _ body: (WorkerNginx) async throws -> Void
  ) async throws {
    let nginx = try WorkerNginx(redis: redis, http: http, peers: peers, modules: modules)
    do {
      guard await nginx.process.line(with: "start worker processes", within: .seconds(30)) != nil else {
        throw TestServerError("nginx did not start:\n\(nginx.log)")
      }
      try await body(nginx)
    } catch {
      await nginx.process.stop(within: .seconds(30))
      throw error
    }
    // Graceful: the workers wait for their timers, so that following must end by itself.
    let end = await nginx.process.stop(with: SIGQUIT, within: .seconds(60))
    guard end == .exit(0) else { throw TestServerError("nginx ended so: \(String(describing: end))") }
    try nginx.checkLog()
  }

  private init(redis: String, http: [String], peers: [String], modules: [String: String]) throws {
    reserved = try ReservedPort()
    let folder = try TestFolder()
    self.folder = folder
    try folder.make("ngx")
    for (name, text) in modules { try folder.write(name, text) }
    let list = { (texts: [String]) in "{ " + texts.map { "\"\($0)\"" }.joined(separator: ", ") + " }" }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "\($0)_temp_path \(folder.path)/\($0);"
    }
    let text = try ExampleFiles.nginxConf([
      ("#load_module modules/", "load_module /usr/lib/nginx/modules/"),
      ("worker_processes auto;", "worker_processes \(Self.workers);\(geteuid() == 0 ? "\nuser root;" : "")"),
      ("error_log /var/log/nginx/error.log", "error_log stderr"),
      ("/run/nginx.pid", "\(folder.path)/nginx.pid"),
      ("/etc/nginx/lua/?.lua", "\(folder.path)/?.lua;\(ExampleFiles.lua)/?.lua"),
      ("lua_socket_log_errors off;", "lua_socket_log_errors off; access_log off; \(temporary.joined())"),
      ("host = \"127.0.0.1\", port = 6379", "path = \"\(redis)\""),
      ("namespace = \"default\"", "namespace = \"\(DecidingLeader.namespace)\""),
      ("{ \"http://127.0.0.1:8080\" }", list(http)),
      ("{ \"127.0.0.1:12354\", \"127.0.0.1:12355\" }", list(peers)),
      // With a listener for each worker the kernel spreads the connections over them.
      ("listen 80;", "listen 127.0.0.1:\(reserved.port) reuseport;"),
    ])
    let file = try folder.write("nginx.conf", text)
    process = try Child(
      Programs.nginx, ["-p", folder.path, "-c", file, "-e", "stderr", "-g", "daemon off;"])
  }

  deinit { process.signal(SIGTERM) }

  var log: String { process.state.value.error.text }
  /// Where a search for the next lines begins.
  var logEnd: Int { process.state.value.error.whole.count }

  /// Returns when every worker has said `text`, in the lines from `start` on.
  func allSay(_ text: String, from start: Int = 0) async throws {
    let said = await process.state.first(within: .seconds(60)) { state -> Bool? in
      let lines = state.error.whole.dropFirst(start).filter { $0.contains(text) }
      return Set(lines.compactMap(Self.worker)).count == Self.workers ? true : nil
    }
    if said == nil { throw TestServerError("not every worker said \"\(text)\":\n\(log)") }
  }

  /// Of `2026/11/18 12:00:00 [notice] 77#77: …`.
  private static func worker(_ line: String) -> Substring? {
    line.split(separator: " ").first { $0.contains("#") }?.split(separator: "#").first
  }

  func get(_ path: String = "/") async throws -> HttpClient.Answer {
    try await HttpClient.get(path, port: reserved.port)
  }

  /// `/upstreams` of each worker, without its first line, which names the worker; and where they read from.
  func pages() async throws -> (sources: Set<String>, texts: Set<String>) {
    var pages: [Substring: Substring] = [:]
    // By chance all the connections go to one worker: less often than once in 10^60.
    for _ in 0..<200 where pages.count < Self.workers {
      let parts = try await get("/upstreams").body.split(separator: "\n", maxSplits: 1)
      guard parts.count == 2 else { throw TestServerError("no page: \(parts)") }
      let words = parts[0].split(separator: ", from ")
      pages[words[0]] = words[1] + "\n" + parts[1]
    }
    guard pages.count == Self.workers else { throw TestServerError("only of \(pages.keys)") }
    let split = pages.values.map { $0.split(separator: "\n", maxSplits: 1).map(String.init) }
    return (Set(split.map { $0[0] }), Set(split.map { $0[1] }))
  }

  private func checkLog() throws {
    // nginx itself calls a refused connection an error; ours are those of Lua.
    let bad = log.split(separator: "\n").filter { line in
      ["writing a global", "[alert]", "[emerg]"].contains { line.contains($0) }
        || line.contains("[error]") && line.contains("lua")
    }
    if !bad.isEmpty { throw TestServerError(bad.joined(separator: "\n")) }
  }
}
