import Addresses
import Backends
import TestServers
import Testing

/// One text serves the nodes and those who read: quorate.lua and follow.py take the same URLs, to mean the same, and say of
/// others what the nodes say.
@Suite struct ReaderURLTests {
  /// Also what is wrong with them holds for each alike.
  static let urls = [
    "redis://127.0.0.1", "redis://localhost:7000/3", "redis://[::1]:7000", "redis://::1", "redis://:pw@h",
    "redis://me:p%40w%3A@h/0", "redis://me:@h?password-file=/run/pw", "redis://h?password-env=PW&name=n1",
    "redis://h/?database=3", "unix:///run/redis.sock?database=2", "redis://me:a/b@h/1", "unix:///run/a@b",
    "unix://me:pw@/tmp/a%20b", "rediss://me:pw@h:7000/2", "redis+sentinel://h1/m",
    "redis+sentinel://me:a,/b@h1:1,h2,[::1]:3/my%2Fmaster/4?name=n", "rediss+sentinel://h1,h2/m?database=5",
    "redis+cluster://:pw@h1,h2:7000/?database=0", "rediss+cluster://10.0.0.1", "redis://h?", "redis://h?&",
    "rediss://h?ca=/ca%20b.pem&cert=/c&key=/k&server_name=redis.example&tls_min=1.3",
    "rediss+cluster://h,i?server_name=::1&tls_min=1.2", "redis://:%c3%a9@h", "redis://a:b:c@h",
    "redis+sentinel://me:pw@h/m?sentinel-user=watcher&sentinel-password-file=/run/s",
    "rediss+sentinel://h/m?sentinel-password-env=SPW", "redis+sentinel://h/m/", "redis://a_b-c.d:1",
    // These are wrong.
    "", "127.0.0.1", "http://h", "rediss://", "redis://", "redis://:pw@", "redis://h:0", "redis://h:65536",
    "redis://h:+1", "redis://h/x", "redis://h/-1", "redis://h/123456", "redis://[::1", "redis://[::1]x",
    "redis://[1.2.3.4]", "redis://1.2.3", "redis://.h", "redis://-h", "redis://a..b", "redis://h:",
    "redis://hunter2@h", "redis://:hunter2%zz@h", "redis://:hunter2%+1@h", "redis://:hunter2%ff@h",
    "redis://:%ed%a0%80@h", "redis://:%c0%80@h", "redis://a b", "redis://:hunter2@h/0/1", "unix://",
    "unix://:hunter2@", "redis://h1,h2", "redis://h?passwd=hunter2", "redis://h?hunter2",
    "unix://run/redis.sock",
    "unix:///", "unix://h:1/x", "redis+sentinel://h1,,h2/m", "redis+sentinel://h1,/m", "redis+sentinel:///m",
    "redis+cluster://", "redis+cluster://h1,h2:x", "redis+sentinel://h1,h2:0/m",
    "redis+sentinel://h1,unix:///run/s/m", "redis+cluster://h1,h2,h1:6379", "redis+sentinel://h1:26379,h1/m",
    "redis+sentinel://h1,h2", "redis+sentinel://h1,h2/", "redis+sentinel://h1//0",
    "redis+sentinel://h1/m/0/1",
    "redis+sentinel://h1/m/0/", "redis+sentinel://h1/m%20n", "redis+sentinel://h1/m/x",
    "redis+sentinel://h1/m/1?database=1", "redis+cluster://h1/0", "redis+cluster://h1/m",
    "redis+cluster://h1?database=1", "redis://h/1?database=1", "redis://h?ca=/c",
    "redis+cluster://h?tls_min=1.3",
    "unix:///s?cert=/c", "rediss://h?cert=/c", "rediss://h?key=/c", "rediss://h?server_name=",
    "rediss://h?server_name=a%20b", "rediss://h?ca=", "rediss://h?ca=%00", "rediss://h?tls_min=1.1",
    "rediss://h?ca=/a&ca=/b", "redis://h?name", "rediss://h?verify=none", "redis://h?sentinel-user=me",
    "redis+cluster://h?sentinel-password-env=PW", "redis+sentinel://h/m?sentinel-user=me",
    "redis+sentinel://h/m?sentinel-password-file=/a&sentinel-password-env=A",
    "redis://h?password-file=/a&password-env=A", "redis://:pw@h?password-env=A", "rediss+sentinel://h/m?x=1",
  ]

  /// What it means, or what is wrong with it, in one line.
  private static func told(_ text: String) -> String {
    do {
      return meaning(try RedisURL(text))
    } catch {
      return "wrong: \(error)"
    }
  }

  private static func meaning(_ url: RedisURL) -> String {
    let places: [RedisAddress]
    var kind = "single"
    var master = "-"
    switch url.topology {
    case .single(let address): places = [address]
    case .sentinel(let sentinels, let name): (places, kind, master) = (sentinels, "sentinel", name)
    case .cluster(let servers): (places, kind) = (servers, "cluster")
    }
    let tls = url.tls.map {
      [$0.ca ?? "-", $0.certificate ?? "-", $0.key ?? "-", $0.serverName ?? "-", $0.minimum.rawValue].joined(
        separator: " ")
    }
    return [
      kind, places.map(\.description).joined(separator: ","), master, "\(url.database)", url.user ?? "-",
      secret(url.password), url.clientName ?? "-", tls ?? "plain", url.sentinelUser ?? "-",
      secret(url.sentinelPassword),
    ].joined(separator: " | ")
  }

  private static func secret(_ password: RedisPassword) -> String {
    switch password {
    case .none: "-"
    case .text(let text): "text \(text)"
    case .file(let path): "file \(path)"
    case .environment(let name): "env \(name)"
    }
  }

  @Test("quorate.lua reads each URL as the nodes do")
  func luaReadsURLsAsNodesDo() async throws {
    let list = Self.urls.map { "[==[\($0)]==]" }.joined(separator: ", ")
    let worker = """
      local hosts, redis_url = require "quorate.hosts", require "quorate.redis_url"
      local function secret(o, prefix)
        local text, file, env = o[prefix .. "password"], o[prefix .. "password_file"], o[prefix .. "password_env"]
        return text and "text " .. text or file and "file " .. file or env and "env " .. env or "-"
      end
      local function meaning(o)
        local kind = o.sentinels and "sentinel" or o.cluster and "cluster" or "single"
        local places = o.path or o.host and hosts.text(o) or table.concat(o.sentinels or o.cluster, ",")
        local tls = o.tls and table.concat({ o.ca or "-", o.cert or "-", o.key or "-", o.server_name or "-",
          o.tls_min or "1.2" }, " ") or "plain"
        return table.concat({ kind, places, o.master or "-", o.database or 0, o.user or "-", secret(o, ""), o.name or "-",
          tls, o.sentinel_user or "-", secret(o, "sentinel_") }, " | ")
      end
      for index, url in ipairs { \(list) } do
        local options, why = redis_url.parsed(url)
        ngx.log(ngx.NOTICE, "url ", index - 1, ": ", options and meaning(options) or "wrong: " .. why, ", that is all")
      end
      """
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker)) { nginx in
      for (index, url) in Self.urls.enumerated() {
        let said = try await nginx.says("url \(index): ")
        #expect(said.contains("url \(index): \(Self.told(url)), that is all"), "\(url): \(said)")
      }
    }
  }

  @Test("follow.py reads each URL as the nodes do")
  func pythonReadsURLsAsNodesDo() async throws {
    let script = """
      import sys
      import quorate_url

      def secret(text, items, prefix):
          file, env = items.get(prefix + "password-file"), items.get(prefix + "password-env")
          return f"text {text}" if text else f"file {file}" if file else f"env {env}" if env else "-"

      def meaning(url):
          items = url.items
          kind = "single" if url.kind in ("server", "socket") else url.kind
          places = ",".join(f"[{h}]:{p}" if ":" in h else f"{h}:{p}" for h, p in url.hosts)
          names = [items.get(name, "-") for name in ("ca", "cert", "key", "server_name")]
          tls = " ".join(names + [items.get("tls_min", "1.2")]) if url.is_secure else "plain"
          return " | ".join([kind, places or url.path, url.master or "-", str(url.database), url.user or "-",
              secret(url.password, items, ""), items.get("name", "-"), tls, items.get("sentinel-user", "-"),
              secret(None, items, "sentinel-")])

      for text in sys.argv[1:]:
          try:
              print(meaning(quorate_url.parsed(text)))
          except quorate_url.URLError as error:
              print(f"wrong: {error}")
      """
    let child = try ExampleFiles.python(["-X", "utf8", "-c", script] + Self.urls)
    #expect(await child.end(within: .seconds(60)) == .exit(0), "\(child.state.value.error.text)")
    let lines = child.state.value.output.whole
    #expect(lines.count == Self.urls.count)
    for (url, line) in zip(Self.urls, lines) { #expect(line == Self.told(url), "\(url)") }
  }
}
