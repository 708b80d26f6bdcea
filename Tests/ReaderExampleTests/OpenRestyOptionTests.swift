import TestServers
import Testing

/// The options of quorate.lua: docs/nginx.md has the table.
@Suite struct OpenRestyOptionTests {
  private static let redisOptions =
    "ca, cert, cluster, database, dead_after, host, key, master, name, password, password_env, password_file, path, port, "
    + "sentinel_password, sentinel_password_env, sentinel_password_file, sentinel_user, sentinels, server_name, timeout, tls, "
    + "url, user"

  @Test("Options that are unknown or of the wrong kind are refused by name, with what was probably meant")
  func optionsAreChecked() async throws {
    let redis = "redis = { host = \"h\" }, "
    let names = "upstreams = { \"foo.com\" }"
    let cases: [(String, String)] = [
      ("", "quorate.new: a table of options is wanted"),
      (
        "{}",
        "quorate.new: upstreams names none; those to be followed are wanted; neither redis nor http says where to read"
      ),
      ("{ \(redis)upstreams = { \"foo.com\", \"foo.com\" } }", "good"),
      (
        "{ \(redis)\(names), http = {}, mark_peers = false, compare_every = 100, longest_rest = 600000, http_timeout = 10 }",
        "good"
      ),
      (
        "{ redis = { path = \"/s\", user = \"u\", password = \"\", database = 0, timeout = 10, dead_after = 1000 }, \(names) }",
        "good"
      ),
      (
        "{ redis = { host = \"h\", prot = 1 }, \(names) }",
        "quorate.new: redis.prot is unknown; did you mean port?"
      ),
      (
        "{ redis = { host = \"h\", db = 1 }, \(names) }",
        "quorate.new: redis.db is unknown; did you mean database?"
      ),
      (
        "{ redis = { host = \"h\", username = \"u\" }, \(names) }",
        "quorate.new: redis.username is unknown; did you mean user?"
      ),
      ("{ \(redis)\(names), namspace = \"n\" }", "quorate.new: namspace is unknown; did you mean namespace?"),
      (
        "{ \(redis)upstream = \"foo.com\" }",
        "quorate.new: upstream is unknown; did you mean upstreams?; upstreams names none; those to be followed are wanted"
      ),
      (
        "{ \(redis)\(names), on_chagne = print }",
        "quorate.new: on_chagne is unknown; did you mean on_change?"
      ),
      (
        "{ \(redis)\(names), zzzzzz = 1 }",
        "quorate.new: zzzzzz is unknown; there is: compare_every, heed_panic, http, http_timeout, longest_rest, mark_peers, namespace, "
          + "on_change, redis, upstreams"
      ),
      (
        "{ redis = { \"h\", 6379 }, \(names) }",
        "quorate.new: redis.1 is unknown; there is: \(Self.redisOptions); redis.2 is unknown; there is: \(Self.redisOptions); "
          + "redis has neither host (and port) nor path of a unix socket, nor sentinels, cluster or url"
      ),
      (
        "{ redis = 6379, \(names) }",
        "quorate.new: redis: a URL such as \"redis://127.0.0.1:6379/0\", or a table such as { host = \"127.0.0.1\", port = 6379 } is "
          + "wanted"
      ),
      (
        "{ redis = { host = \"h\", path = \"/s\" }, \(names) }",
        "quorate.new: redis has both host and path; take one of them away"
      ),
      (
        "{ redis = { host = \"h\", port = \"6379\" }, \(names) }",
        "quorate.new: redis.port is \"6379\"; a whole number from 1 to 65535 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", port = 0 }, \(names) }",
        "quorate.new: redis.port is 0; a whole number from 1 to 65535 is wanted, without quotes"
      ),
      (
        "{ redis = { host = 1 }, \(names) }",
        "quorate.new: redis.host is 1; a text that is not empty is wanted"
      ),
      (
        "{ redis = { host = \"h\", password = 12345 }, \(names) }",
        "quorate.new: redis.password: a text is wanted, and not a number"
      ),
      (
        "{ redis = { host = \"h\", user = \"u\" }, \(names) }",
        "quorate.new: redis.user has no redis.password; it may be empty for a user without one"
      ),
      (
        "{ redis = { host = \"h\", timeout = \"1s\" }, \(names) }",
        "quorate.new: redis.timeout is \"1s\"; a whole number of milliseconds from 10 to 60000 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", timeout = 9 }, \(names) }",
        "quorate.new: redis.timeout is 9; a whole number of milliseconds from 10 to 60000 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", database = -1 }, \(names) }",
        "quorate.new: redis.database is -1; a whole number from 0 to 2147483647 is wanted, without quotes"
      ),
      (
        "{ redis = { host = \"h\", database = 0/0 }, \(names) }",
        "quorate.new: redis.database is nan; a whole number from 0 to 2147483647 is wanted, without quotes"
      ),
      (
        "{ \(redis)\(names), namespace = \"a b\" }",
        "quorate.new: namespace is \"a b\"; 1 to 64 of A-Z a-z 0-9 _ . - are wanted"
      ),
      (
        "{ \(redis)upstreams = \"foo.com\" }",
        "quorate.new: upstreams is \"foo.com\"; a list of upstreams' names is wanted"
      ),
      (
        "{ \(redis)upstreams = { a = \"foo.com\" } }",
        "quorate.new: upstreams is a table; a plain list of upstreams' names is wanted, without names or gaps"
      ),
      (
        "{ \(redis)upstreams = { \"foo.com\", \"b c\" } }",
        "quorate.new: upstreams is a table; entry 2 is \"b c\"; up to 64 of A-Z a-z 0-9 _ . : - are wanted, as in Quorate's settings"
      ),
      (
        "{ \(names), http = \"http://h\" }",
        "quorate.new: http is \"http://h\"; a list of URLs is wanted; neither redis nor http says where to read"
      ),
      (
        "{ \(names), http = { \"https://u:s3cret@h\" } }",
        "quorate.new: http is a table; entry 1 is \"https://***@h\"; http://HOST:PORT of a node is wanted (no https)"
      ),
      (
        "{ \(names), http = { \"http://h:99999\" } }",
        "quorate.new: http is a table; entry 1 is \"http://h:99999\"; http://HOST:PORT of a node is wanted (no https)"
      ),
      ("{ \(names), http = { \"http://[::1]:8080/below\" } }", "good"),
      ("{ \(redis)\(names), on_change = 1 }", "quorate.new: on_change is 1; a function is wanted"),
      (
        "{ \(redis)\(names), mark_peers = \"no\" }",
        "quorate.new: mark_peers is \"no\"; true or false is wanted"
      ),
    ]
    try await Self.check(cases.map { ($0.0, $0.1 + ", that is all") })
  }

  private static func check(_ cases: [(String, String)]) async throws {
    let worker = cases.enumerated().map { index, one in
      """
      do
        local is_fine, why = pcall(quorate.new\(one.0.isEmpty ? "" : ", \(one.0)"))
        ngx.log(ngx.NOTICE, "case \(index): ", is_fine and "good" or why, ", that is all")
      end
      """
    }.joined(separator: "\n")
    try await WorkerNginx.run(WorkerNginx.Own(worker: worker)) { nginx in
      for (index, one) in cases.enumerated() {
        let said = try await nginx.says("case \(index): ")
        #expect(said.contains("case \(index): \(one.1)"), "\(said)")
      }
      #expect(!nginx.log.contains("s3cret"))
    }
  }

  @Test("How Redis is told: as a URL, or by options that fit each other")
  func redisIsChecked() async throws {
    let both = "take one of them away"
    let wrong: [(String, String)] = [
      ("\"rediss://u:s3cret@h/1?ca=/c&cert=/c&key=/k&server_name=redis.example\"", "good"),
      ("{ url = \"redis+sentinel://h1,h2/m\", timeout = 100, dead_after = 1000 }", "good"),
      (
        "{ sentinels = { \"h1\", \"[::1]:2\" }, master = \"m\", sentinel_password_env = \"W\", password_file = \"/p\", tls = true }",
        "good"
      ),
      ("{ cluster = { \"h1:1\" }, tls = true, server_name = \"r.example\", name = \"n\" }", "good"),
      ("\"http://:s3cret@h\"", "redis: the Redis URL does not begin with redis://"),
      (
        "\"redis://s3cret@h\"",
        "redis: before the @ of the Redis URL stands neither user:password nor :password"
      ),
      (
        "\"rediss://h?tls_min=1.3\"",
        "redis.tls_min: the oldest version of TLS is told to nginx, by lua_ssl_protocols; take tls_min away"
      ),
      (
        "{ host = \"h\", tls = true, tls_min = \"1.3\" }",
        "redis.tls_min: the oldest version of TLS is told to nginx"
      ),
      (
        "{ url = \"redis://h\", password = \"s3cret\" }",
        "redis.url says all but timeout and dead_after; take redis.password away"
      ),
      ("{ url = 1 }", "redis.url: a text is wanted, and not a number"),
      (
        "{ sentinels = { \"h\" }, cluster = { \"h\" }, master = \"m\" }",
        "redis has both sentinels and cluster; \(both)"
      ),
      (
        "{ sentinels = { \"h\" } }",
        "redis.sentinels has no redis.master; the name is wanted that `sentinel monitor` gives it"
      ),
      (
        "{ host = \"h\", master = \"m\" }",
        "redis.master has no redis.sentinels; those are wanted that know where it is"
      ),
      ("{ sentinels = {}, master = \"m\" }", "redis.sentinels names none"),
      (
        "{ sentinels = { \"h:x\" }, master = \"m\" }",
        "redis.sentinels is a table; entry 1 is \"h:x\"; a text such as \"10.0.0.5:6379\" is wanted"
      ),
      ("{ cluster = { \"h\" }, database = 1 }", "redis.database is 1; a Redis Cluster has only database 0"),
      (
        "{ host = \"h\", password = \"s3cret\", password_file = \"/p\" }",
        "redis has both password and password_file; \(both)"
      ),
      (
        "{ host = \"h\", sentinel_user = \"u\", sentinel_password = \"s3cret\" }",
        "redis.sentinel_user is given without redis.sentinels"
      ),
      (
        "{ sentinels = { \"h\" }, master = \"m\", sentinel_user = \"u\" }",
        "redis.sentinel_user has no redis.sentinel_password; it may be empty for a user without one"
      ),
      ("{ host = \"h\", ca = \"/c\" }", "redis.ca is given without redis.tls = true"),
      ("{ path = \"/s\", tls = true }", "redis has both path and tls; a unix socket has no TLS"),
      ("{ host = \"h\", tls = true, cert = \"/c\" }", "redis has one of cert and key; give both, or neither"),
      ("{ host = \"h\", ssl = true }", "redis.ssl is unknown; did you mean tls?"),
      ("{ host = \"h\", name = \"a b\" }", "redis.name is \"a b\"; printable ASCII without spaces is wanted"),
    ]
    try await Self.check(
      wrong.map {
        (
          "{ redis = \($0.0), upstreams = { \"foo.com\" } }",
          $0.1 == "good" ? "good, " : "quorate.new: \($0.1)"
        )
      })
  }
}
