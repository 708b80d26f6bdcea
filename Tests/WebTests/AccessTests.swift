import Addresses
import Health
import Ledger
import Testing

@testable import Web

@Suite("Who may read")
struct AccessTests {
  static func networks(_ texts: [String]) -> [Network] { texts.compactMap { Network($0) } }

  static let cases: [(String, Reader, Bool)] = [
    ("listed", .address("127.0.0.1"), true),
    ("in a listed network", .address("10.1.2.3"), true),
    ("IPv6", .address("::1"), true),
    ("IPv4 in an IPv6 socket", .address("::ffff:10.1.2.3"), true),
    ("with a zone", .address("fe80::1%eth0"), true),
    ("another", .address("192.0.2.1"), false),
    ("another in an IPv6 socket", .address("::ffff:192.0.2.1"), false),
    ("another IPv6", .address("2001:db8::1"), false),
    ("no address", .address("localhost"), false),
    ("a Unix socket", .local, true),
    ("gone", .unknown, false),
  ]

  @Test(arguments: cases)
  func readers(_ what: String, _ reader: Reader, _ isAllowed: Bool) async {
    let access = WebAccess(
      allow: Self.networks(["127.0.0.1/32", "::1/128", "10.0.0.0/8", "fe80::/10"]))
    #expect(access.permits(reader) == isAllowed)
  }

  @Test("403 covers everything, what is not there included; nothing else is told")
  func everything() async {
    let site = TestSite(allow: Self.networks(["10.0.0.0/8"]))
    for path in ["/", "/status", "/nothing", "/%zz", "/livez", "/readyz", "/assets/x", "/status?format=xml"] {
      let answer = await site.get(path)
      #expect(answer.status == 403)
      #expect(!answer.text.contains("foo.com"))
    }
    let api = await site.get("/api/v1/upstreams/foo.com")
    #expect(api.status == 403)
    #expect(api.header("Content-Type") == "application/json")
    let post = await site.site.answer(WebRequest(method: .other("POST"), path: "/"))
    #expect(post.status == 403)
  }

  @Test("Replaced while running")
  func replaced() async {
    let site = TestSite(allow: [])
    #expect(await site.get("/status").status == 403)
    site.access.replace(allow: [.all])
    #expect(await site.get("/status").status == 200)
    site.access.replace(allow: Self.networks(["127.0.0.2"]))
    #expect(await site.get("/status").status == 403)
  }
}
