import Addresses
import Testing

@Suite struct RedisURLTests {
  struct Case: Sendable {
    let url: String
    let address: String
    var user: String?
    var password = RedisPassword.none
    var database = 0
    var name: String?
  }

  @Test(arguments: [
    Case(url: "redis://127.0.0.1", address: "127.0.0.1:6379"),
    Case(url: "redis://localhost:7000/3", address: "localhost:7000", database: 3),
    Case(url: "redis://[::1]:7000", address: "[::1]:7000"),
    Case(url: "redis://:pw@h", address: "h:6379", password: .text("pw")),
    Case(url: "redis://me:p%40w%3A@h/0", address: "h:6379", user: "me", password: .text("p@w:")),
    Case(
      url: "redis://me:@h?password-file=/run/pw", address: "h:6379", user: "me",
      password: .file(path: "/run/pw")),
    Case(
      url: "redis://h?password-env=PW&name=n1", address: "h:6379", password: .environment(name: "PW"),
      name: "n1"),
    Case(url: "unix:///run/redis.sock?database=2", address: "/run/redis.sock", database: 2),
    Case(url: "redis://me:a/b@h/1", address: "h:6379", user: "me", password: .text("a/b"), database: 1),
    Case(url: "unix:///run/a@b", address: "/run/a@b"),
    Case(url: "unix://me:pw@/tmp/a%20b", address: "/tmp/a b", user: "me", password: .text("pw")),
  ]) func isRead(_ wanted: Case) throws {
    let settings = try RedisURL(wanted.url)
    #expect("\(settings.address)" == wanted.address)
    #expect(settings.user == wanted.user)
    #expect(settings.password == wanted.password)
    #expect(settings.database == wanted.database)
    #expect(settings.clientName == wanted.name)
  }

  @Test(arguments: [
    "", "127.0.0.1", "http://h", "rediss://h", "redis://", "redis://:pw@", "redis://h:0", "redis://h:65536",
    "redis://h:+1", "redis://h/x", "redis://h/-1", "redis://h/123456", "redis://[::1", "redis://[::1]x",
    "redis://hunter2@h", "redis://:hunter2%zz@h", "redis://:hunter2%+1@h", "redis://:hunter2%ff@h",
    "redis://a b", "redis://:hunter2@h/0/1", "unix://", "unix://:hunter2@",
    "redis://:hunter2@h?password-file=/x", "redis://h?passwd=hunter2", "unix://run/redis.sock", "unix:///",
    "unix://h:1/x",
  ]) func isRefusedWithoutAQuote(_ url: String) {
    let error = #expect(throws: RedisURLError.self) { try RedisURL(url) }
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.isEmpty == false)
  }
}
