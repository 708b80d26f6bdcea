import Addresses
import Testing

@Suite struct RedisURLTests {
  struct Case: Sendable {
    let url: String
    /// As the topology describes itself.
    let place: String
    var user: String?
    var password = RedisPassword.none
    var database = 0
    var name: String?
  }

  @Test(arguments: [
    Case(url: "redis://127.0.0.1", place: "127.0.0.1:6379"),
    Case(url: "redis://localhost:7000/3", place: "localhost:7000", database: 3),
    Case(url: "redis://[::1]:7000", place: "[::1]:7000"),
    Case(url: "redis://:pw@h", place: "h:6379", password: .text("pw")),
    Case(url: "redis://me:p%40w%3A@h/0", place: "h:6379", user: "me", password: .text("p@w:")),
    Case(
      url: "redis://me:@h?password-file=/run/pw", place: "h:6379", user: "me",
      password: .file(path: "/run/pw")),
    Case(
      url: "redis://h?password-env=PW&name=n1", place: "h:6379", password: .environment(name: "PW"),
      name: "n1"),
    Case(url: "redis://h/?database=3", place: "h:6379", database: 3),
    Case(url: "unix:///run/redis.sock?database=2", place: "/run/redis.sock", database: 2),
    Case(url: "redis://me:a/b@h/1", place: "h:6379", user: "me", password: .text("a/b"), database: 1),
    Case(url: "unix:///run/a@b", place: "/run/a@b"),
    Case(url: "unix://me:pw@/tmp/a%20b", place: "/tmp/a b", user: "me", password: .text("pw")),
    Case(
      url: "rediss://me:pw@h:7000/2", place: "h:7000", user: "me", password: .text("pw"), database: 2),
    Case(url: "redis+sentinel://h1/m", place: "m of the Sentinels h1:26379"),
    Case(
      url: "redis+sentinel://me:a,/b@h1:1,h2,[::1]:3/my%2Fmaster/4?name=n",
      place: "my/master of the Sentinels h1:1, h2:26379, [::1]:3", user: "me", password: .text("a,/b"),
      database: 4, name: "n"),
    Case(
      url: "rediss+sentinel://h1,h2/m?database=5", place: "m of the Sentinels h1:26379, h2:26379",
      database: 5),
    Case(
      url: "redis+cluster://:pw@h1,h2:7000/?database=0", place: "the Redis Cluster of h1:6379, h2:7000",
      password: .text("pw")),
    Case(url: "rediss+cluster://10.0.0.1", place: "the Redis Cluster of 10.0.0.1:6379"),
  ]) func isRead(_ wanted: Case) throws {
    let url = try RedisURL(wanted.url)
    #expect("\(url.topology)" == wanted.place)
    #expect(url.user == wanted.user)
    #expect(url.password == wanted.password)
    #expect(url.database == wanted.database)
    #expect(url.clientName == wanted.name)
    #expect((url.tls != nil) == wanted.url.hasPrefix("rediss"))
    #expect(url.secretText == wanted.url)
  }

  @Test func tellsTheTopology() throws {
    let hosts = [RedisAddress.tcp(host: "h1", port: 26379), .tcp(host: "::1", port: 3)]
    #expect(try RedisURL("unix:///s").topology == .single(.unix(path: "/s")))
    #expect(
      try RedisURL("redis+sentinel://h1,[::1]:3/m").topology == .sentinel(hosts, master: "m"))
    #expect(try RedisURL("redis+cluster://h1:26379,[::1]:3").topology == .cluster(hosts))
  }

  @Test func tellsHowConnectionsAreSecured() throws {
    #expect(try RedisURL("rediss://h").tls == RedisTLSOptions())
    var all = RedisTLSOptions()
    all.ca = "/ca b.pem"
    all.certificate = "/c"
    all.key = "/k"
    all.serverName = "redis.example"
    all.minimum = .tls13
    let items = "ca=/ca%20b.pem&cert=/c&key=/k&server_name=redis.example&tls_min=1.3"
    for form in ["rediss://h", "rediss+sentinel://h/m", "rediss+cluster://h,i"] {
      #expect(try RedisURL("\(form)?\(items)").tls == all)
    }
    #expect(try RedisURL("rediss://h?server_name=::1").tls?.serverName == "::1")
    #expect(try RedisURL("rediss://h?tls_min=1.2").tls?.minimum == .tls12)
  }

  @Test func tellsWhoIsSaidToSentinels() throws {
    let url = try RedisURL(
      "redis+sentinel://me:pw@h/m?sentinel-user=watcher&sentinel-password-file=/run/s")
    #expect(url.user == "me")
    #expect(url.password == .text("pw"))
    #expect(url.sentinelUser == "watcher")
    #expect(url.sentinelPassword == .file(path: "/run/s"))
    let nameless = try RedisURL("rediss+sentinel://h/m?sentinel-password-env=SPW")
    #expect(nameless.sentinelUser == nil)
    #expect(nameless.sentinelPassword == .environment(name: "SPW"))
    #expect(nameless.password == .none)
  }

  /// What it says, and what it says to do.
  @Test(arguments: [
    ("http://h", "does not begin with", "rediss://host:6379/0"),
    ("redis://h1,h2", "has several hosts", "redis+cluster://"),
    ("redis+sentinel://h1,,h2/m", "host 2 of the Redis URL is empty", "leave the comma away"),
    ("redis+sentinel://h1,/m", "host 2 of the Redis URL is empty", "leave the comma away"),
    ("redis+sentinel:///m", "host 1 of the Redis URL is empty", "write a host"),
    ("redis+cluster://", "host 1 of the Redis URL is empty", "write a host"),
    ("redis+cluster://h1,h2:x", "host 2 of the Redis URL is no good host", "host:6379"),
    ("redis+sentinel://h1,h2:0/m", "host 2 of the Redis URL is no good host", "host:26379"),
    ("redis+sentinel://h1,unix:///run/s/m", "host 2 of the Redis URL is a unix socket", "host:port"),
    ("redis+cluster://h1,h2,h1:6379", "host 3 of the Redis URL is host 1 again", "each once"),
    ("redis+sentinel://h1:26379,h1/m", "host 2 of the Redis URL is host 1 again", "each once"),
    ("redis+sentinel://h1,h2", "does not name the master", "mymaster"),
    ("redis+sentinel://h1,h2/", "does not name the master", "mymaster"),
    ("redis+sentinel://h1//0", "does not name the master", "mymaster"),
    ("redis+sentinel://h1/m/0/1", "more than a master's name and a database", "mymaster"),
    ("redis+sentinel://h1/m%20n", "the master's name", "sentinel monitor"),
    ("redis+sentinel://h1/m/x", "database of the Redis URL is not a number", "like 0"),
    ("redis+sentinel://h1/m/1?database=1", "two databases", "leave one away"),
    ("redis+cluster://h1/0", "a path behind the hosts", "leave the path away"),
    ("redis+cluster://h1/m", "a path behind the hosts", "leave the path away"),
    ("redis+cluster://h1?database=1", "another database than 0", "namespaces"),
    ("redis://h?ca=/c", "has ca= without TLS", "begin the URL with rediss"),
    ("redis+cluster://h?tls_min=1.3", "has tls_min= without TLS", "begin the URL with rediss"),
    ("unix:///s?cert=/c", "has cert= without TLS", "a unix socket has no TLS"),
    ("rediss://h?cert=/c", "has cert= without key=", "give both"),
    ("rediss://h?key=/c", "has key= without cert=", "give both"),
    ("rediss://h?server_name=", "nothing of use after server_name=", "leave it away"),
    ("rediss://h?server_name=a%20b", "server_name= of the Redis URL is neither", "certificate is for"),
    ("rediss://h?ca=", "nothing of use after ca=", "leave it away"),
    ("rediss://h?ca=%00", "nothing of use after ca=", "leave it away"),
    ("rediss://h?tls_min=1.1", "tls_min= of the Redis URL is no version of TLS", "1.2 or 1.3"),
    ("rediss://h?ca=/a&ca=/b", "has ca= twice", "leave one away"),
    ("redis://h?name", "nothing of use after name=", "leave it away"),
    ("rediss://h?verify=none", "something unknown", "server_name="),
    ("redis://h?passwd=x", "something unknown", "password-env=, name= or database="),
    ("redis://h?sentinel-user=me", "has sentinel-user= and names no Sentinel", "redis+sentinel://"),
    (
      "redis+cluster://h?sentinel-password-env=PW", "has sentinel-password-env= and names no Sentinel",
      "redis+sentinel://"
    ),
    ("redis+sentinel://h/m?sentinel-user=me", "sentinel-user= without a password", "sentinel-password-file="),
    (
      "redis+sentinel://h/m?sentinel-password-file=/a&sentinel-password-env=A", "has both", "leave one away"
    ),
    ("redis://h?password-file=/a&password-env=A", "has both", "leave one away"),
    ("redis://:pw@h?password-env=A", "two passwords", "all but one"),
  ]) func saysWhatIsWrongAndWhatToDo(_ url: String, _ what: String, _ remedy: String) {
    let error = #expect(throws: RedisURLError.self) { try RedisURL(url) }
    #expect(error?.what.contains(what) == true, "\(error?.what ?? "")")
    #expect(error?.remedy.contains(remedy) == true, "\(error?.remedy ?? "")")
  }

  @Test(arguments: [
    "", "127.0.0.1", "http://h", "rediss://", "redis://", "redis://:pw@", "redis://h:0", "redis://h:65536",
    "redis://h:+1", "redis://h/x", "redis://h/-1", "redis://h/123456", "redis://[::1", "redis://[::1]x",
    "redis://hunter2@h", "redis://:hunter2%zz@h", "redis://:hunter2%+1@h", "redis://:hunter2%ff@h",
    "redis://a b", "redis://:hunter2@h/0/1", "unix://", "unix://:hunter2@",
    "redis://:hunter2@h?password-file=/x", "redis://h?passwd=hunter2", "redis://h?hunter2",
    "unix://run/redis.sock", "unix:///", "unix://h:1/x", "redis://:hunter2@h1,h2",
    "redis+sentinel://:hunter2@h1,h2", "redis+sentinel://hunter2@h1/m", "redis+sentinel://h1,hunter2:x/m",
    "redis+sentinel://h/m?sentinel-password=hunter2", "redis+cluster://:hunter2@h1/1",
    "redis+cluster://:hunter2@h1,h1", "rediss://:hunter2@h?cert=/c", "rediss://h?tls_min=hunter2",
    "rediss://h?server_name=hunter2,", "redis+cluster://h/hunter2", "redis+sentinel://h/m/hunter2",
  ]) func isRefusedWithoutAQuote(_ url: String) {
    let error = #expect(throws: RedisURLError.self) { try RedisURL(url) }
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.isEmpty == false)
  }

  @Test(arguments: [
    ("rediss://me:hunter2@h/1?ca=/c", "rediss://me:***@h/1?ca=/c"),
    ("redis+sentinel://:hunter2@h1,h2/m/0", "redis+sentinel://:***@h1,h2/m/0"),
    ("rediss+cluster://me:hun@ter2@h1,h2", "rediss+cluster://me:***@h1,h2"),
    ("unix://me:hunter2@/s", "unix://me:***@/s"),
  ]) func isShownWithoutThePassword(_ text: String, _ shown: String) throws {
    let url = try RedisURL(text)
    #expect(url.shown == shown)
    var said = "\(url) \(String(reflecting: url))"
    dump(url, to: &said)
    #expect(!said.contains("hun"))
  }
}
