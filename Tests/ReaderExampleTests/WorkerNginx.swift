import Backends
import Glibc
import TestServers

/// Debian's nginx with its Lua module and the example's configuration: two workers, which share no state.
final class WorkerNginx: Sendable {
  static let workers = 2

  /// An option of a cluster: says "changed PEER up", or down, or false, of each change.
  static let onChange = """
    on_change = function(upstream, peer, status)
      for name, now in pairs(peer and { [peer] = status } or status) do
        ngx.log(ngx.NOTICE, "quorate: changed ", name, " ", tostring(now))
      end
    end,
    """

  private let process: Child
  private let reserved: ReservedPort
  private let folder: TestFolder

  /// The example's nginx.conf, with these in it. Runs `body` with an nginx that serves, and ends it: its workers would
  /// outlive a master that was killed.
  ///
  /// - Parameters:
  ///   - redis: path of a socket; there need not be a server.
  ///   - http: base URLs of nodes.
  static func run(
    redis: String, http: [String] = [], peers: [String], _ body: (WorkerNginx) async throws -> Void
  ) async throws {
    let list = { (texts: [String]) in "{ " + texts.map { "\"\($0)\"" }.joined(separator: ", ") + " }" }
    try await run { folder, port in
      try ExampleFiles.nginxConf([
        ("#load_module modules/", "load_module /usr/lib/nginx/modules/"),
        ("worker_processes auto;", Self.processes),
        ("error_log /var/log/nginx/error.log", "error_log stderr"),
        ("/run/nginx.pid", "\(folder)/nginx.pid"),
        ("/etc/nginx/lua/?.lua", Self.luaPath(folder)),
        ("lua_socket_log_errors off;", "lua_socket_log_errors off; \(Self.quiet(folder))"),
        ("host = \"127.0.0.1\", port = 6379", "path = \"\(redis)\""),
        ("namespace = \"default\"", "namespace = \"\(DecidingLeader.namespace)\""),
        ("{ \"http://127.0.0.1:8080\" }", list(http)),
        ("{ \"127.0.0.1:12354\", \"127.0.0.1:12355\" }", list(peers)),
        // With a listener for each worker the kernel spreads the connections over them.
        ("listen 80;", "listen 127.0.0.1:\(port) reuseport;"),
      ])
    } body: {
      try await body($0)
    }
  }

  /// A configuration of a test's own.
  struct Own {
    /// Lua of `init_worker_by_lua_block`; `quorate` is there.
    var worker: String
    /// Lines before all blocks; of the block `http`, and of its one `server`.
    var main = ""
    var http = ""
    var server = ""
    /// Further modules of nginx, by path; and of Lua, by file name.
    var nginxModules: [String] = []
    var luaModules: [String: String] = [:]
    /// Lines of level error are wanted.
    var hasErrors = false
  }

  static func run(_ own: Own, _ body: (WorkerNginx) async throws -> Void) async throws {
    let modules = ["ndk_http_module", "ngx_http_lua_module"].map { "/usr/lib/nginx/modules/\($0).so" }
    try await run(luaModules: own.luaModules, hasErrors: own.hasErrors) { folder, port in
      """
      \((modules + own.nginxModules).map { "load_module \($0);" }.joined(separator: "\n"))
      \(processes)
      \(own.main)
      error_log stderr notice;
      pid \(folder)/nginx.pid;
      events { worker_connections 512; }
      http {
        lua_package_path "\(luaPath(folder));;";
        \(quiet(folder))
        init_worker_by_lua_block {
          local quorate = require "quorate"
          \(own.worker)
        }
        \(own.http)
        server { listen 127.0.0.1:\(port) reuseport; \(own.server) }
      }
      """
    } body: {
      try await body($0)
    }
  }

  private static let processes = "worker_processes \(workers);\(geteuid() == 0 ? "\nuser root;" : "")"

  private static func luaPath(_ folder: String) -> String { "\(folder)/?.lua;\(ExampleFiles.lua)/?.lua" }

  /// Nothing is written elsewhere.
  private static func quiet(_ folder: String) -> String {
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].reduce("access_log off;") { text, what in
      text + " \(what)_temp_path \(folder)/\(what);"
    }
  }

  private static func run(
    luaModules: [String: String] = [:], hasErrors: Bool = false,
    text: (_ folder: String, _ port: UInt16) throws -> String, body: (WorkerNginx) async throws -> Void
  ) async throws {
    let nginx = try WorkerNginx(luaModules, text)
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
    try nginx.checkLog(hasErrors)
    try nginx.checkThatEndingIsSilent()
  }

  private init(_ luaModules: [String: String], _ text: (String, UInt16) throws -> String) throws {
    reserved = try ReservedPort()
    let folder = try TestFolder()
    self.folder = folder
    try folder.make("ngx")
    for (name, text) in luaModules { try folder.write(name, text) }
    let file = try folder.write("nginx.conf", try text(folder.path, reserved.port))
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

  /// A page of each worker, without its first line, which names the worker; and where they read from.
  func pages(_ path: String = "/upstreams") async throws -> (sources: Set<String>, texts: Set<String>) {
    var pages: [Substring: Substring] = [:]
    // By chance all the connections go to one worker: less often than once in 10^60.
    for _ in 0..<200 where pages.count < Self.workers {
      let parts = try await get(path).body.split(separator: "\n", maxSplits: 1)
      guard parts.count == 2 else { throw TestServerError("no page: \(parts)") }
      let words = parts[0].split(separator: ", from ")
      pages[words[0]] = words[1] + "\n" + parts[1]
    }
    guard pages.count == Self.workers else { throw TestServerError("only of \(pages.keys)") }
    let split = pages.values.map { $0.split(separator: "\n", maxSplits: 1).map(String.init) }
    return (Set(split.map { $0[0] }), Set(split.map { $0[1] }))
  }

  /// The lines with `text`, from `start` on.
  func lines(with text: String, from start: Int = 0) -> [String] {
    process.state.value.error.whole.dropFirst(start).filter { $0.contains(text) }
  }

  /// The changes that each worker has told (see `onChange`), such as "127.0.0.1:1 up", from `start` on.
  func changes(from start: Int = 0) -> [[String]] {
    var told: [Substring: [String]] = [:]
    for line in lines(with: "quorate: changed ", from: start) {
      guard let worker = Self.worker(line), let change = line.split(separator: "quorate: changed ").last
      else {
        continue
      }
      told[worker, default: []].append(String(change.prefix { $0 != "," }))
    }
    return Array(told.values)
  }

  /// Returns when there are so many lines with `text`, from `start` on.
  @discardableResult
  func says(_ text: String, times: Int = 1, from start: Int = 0) async throws -> String {
    let said = await process.state.first(within: .seconds(60)) { state -> String? in
      let lines = state.error.whole.dropFirst(start).filter { $0.contains(text) }
      return lines.count >= times ? lines.first : nil
    }
    guard let said else { throw TestServerError("it did not say \"\(text)\":\n\(log)") }
    return said
  }

  /// New workers take over; returns when the former ones have ended.
  func reload() async throws {
    let start = logEnd
    process.signal(SIGHUP)
    try await says("exited with code 0", times: Self.workers, from: start)
  }

  /// Workers that were told to end, at a reload or at the end, say no more of quorate.lua and nothing graver than a notice.
  /// What `on_change` logs is the configuration's own.
  private func checkThatEndingIsSilent() throws {
    var ending: Set<Substring> = []
    let said = process.state.value.error.whole.filter { line in
      guard let worker = Self.worker(line) else { return false }
      if line.contains("gracefully shutting down") { ending.insert(worker) }
      let isOurs = line.contains("[lua]") && !line.contains("[lua] init_worker_by_lua")
      return ending.contains(worker) && (isOurs || !line.contains("[notice]"))
    }
    if ending.count < Self.workers { throw TestServerError("only so many workers have ended: \(ending)") }
    if !said.isEmpty { throw TestServerError("ending workers say:\n\(said.joined(separator: "\n"))") }
  }

  private func checkLog(_ hasErrors: Bool) throws {
    // nginx itself calls a refused connection an error; ours are those of Lua.
    let bad = log.split(separator: "\n").filter { line in
      ["writing a global", "[alert]", "[emerg]", "attempt to", "traceback"].contains { line.contains($0) }
        || line.contains("[error]") && line.contains("lua") && !hasErrors
    }
    if !bad.isEmpty { throw TestServerError(bad.joined(separator: "\n")) }
  }
}
