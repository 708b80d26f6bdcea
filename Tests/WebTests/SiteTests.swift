import Addresses
import Health
import Ledger
import NIOCore
import Reading
import Testing

@testable import Web

@Suite("The site: every path, every refusal")
struct SiteTests {
  @Test(
    "What is there, with its type",
    arguments: [
      ("/", 200, "text/html; charset=utf-8", "no-cache"),
      ("/?show=problems", 200, "text/html; charset=utf-8", "no-cache"),
      ("/?q=127", 200, "text/html; charset=utf-8", "no-cache"),
      ("/?upstream=foo.com&page=9", 200, "text/html; charset=utf-8", "no-cache"),
      ("/status", 200, "text/plain; charset=utf-8", "no-cache"),
      ("/status/", 200, "text/plain; charset=utf-8", "no-cache"),
      ("/status?format=text", 200, "text/plain; charset=utf-8", "no-cache"),
      ("/status?format=prometheus", 200, "text/plain; version=0.0.4; charset=utf-8", "no-cache"),
      ("/status?format=json", 200, "application/json", "no-cache"),
      ("/status?format=html", 200, "text/html; charset=utf-8", "no-cache"),
      ("/api/v1/upstreams", 200, "application/json", "no-cache"),
      ("/api/v1/upstreams/foo.com", 200, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/peers/127.0.0.1:12354", 200, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/peers/127.0.0.1:12355", 503, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/events", 200, "application/json", "no-store"),
      ("/api/v1/nodes", 200, "application/json", "no-cache"),
      ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "no-store"),
      ("/events", 200, "text/event-stream", "no-store"),
      ("/events?upstream=foo.com&after=3", 200, "text/event-stream", "no-store"),
      ("/events?after=3", 400, "text/plain; charset=utf-8", "no-store"),
      ("/events?upstream=foo.com&after=x", 400, "text/plain; charset=utf-8", "no-store"),
      ("/events?upstream=nobody", 404, "text/plain; charset=utf-8", "no-store"),
      ("/?show=nonsense", 400, "text/plain; charset=utf-8", "no-store"),
      ("/?show=", 200, "text/html; charset=utf-8", "no-cache"),
      ("/?upstream=foo.com&page=x", 400, "text/plain; charset=utf-8", "no-store"),
      ("/?upstream=foo.com&page=0", 400, "text/plain; charset=utf-8", "no-store"),
      ("/?upstream=foo.com&page=", 400, "text/plain; charset=utf-8", "no-store"),
      ("/?page=-1", 400, "text/plain; charset=utf-8", "no-store"),
      ("/?fragment=2", 400, "text/plain; charset=utf-8", "no-store"),
      ("/status?format=html&show=x", 400, "text/plain; charset=utf-8", "no-store"),
      ("/status?format=", 400, "text/plain; charset=utf-8", "no-store"),
      ("/status?unknown=x", 200, "text/plain; charset=utf-8", "no-cache"),
      ("/status/?format=html", 308, "text/plain; charset=utf-8", "no-store"),
      ("/livez", 200, "text/plain; charset=utf-8", "no-store"),
      ("/readyz", 200, "application/json", "no-store"),
      ("/status?format=xml", 400, "text/plain; charset=utf-8", "no-store"),
      ("/api/v1/upstreams/foo.com/events?after=-1", 400, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/events?limit=0", 400, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/events?limit=1001", 400, "application/json", "no-store"),
      ("/%zz", 400, "text/plain; charset=utf-8", "no-store"),
      ("/status?format=%f", 400, "text/plain; charset=utf-8", "no-store"),
      ("/nothing", 404, "text/plain; charset=utf-8", "no-store"),
      ("/assets/page.css", 404, "text/plain; charset=utf-8", "no-store"),
      ("/?upstream=nobody", 404, "text/plain; charset=utf-8", "no-store"),
      ("/?upstream=a/b", 404, "text/plain; charset=utf-8", "no-store"),
      ("/api", 404, "application/json", "no-store"),
      ("/api/v1/nothing", 404, "application/json", "no-store"),
      ("/api/v1/upstreams/nobody", 404, "application/json", "no-store"),
      ("/api/v1/upstreams/a%20b", 404, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/peers/127.0.0.1:1", 404, "application/json", "no-store"),
      ("/api/v1/upstreams/foo.com/peers/127.0.0.1:12354/x", 404, "application/json", "no-store"),
    ])
  func paths(_ target: String, _ status: Int, _ type: String, _ caching: String) async {
    let answer = await TestSite().get(target)
    #expect(answer.status == status)
    #expect(answer.header("Content-Type") == type)
    #expect(answer.header("Cache-Control") == caching)
    #expect(answer.header("X-Content-Type-Options") == "nosniff")
    let isHtml = type.hasPrefix("text/html")
    #expect((answer.header("Content-Security-Policy") != nil) == isHtml)
    #expect((answer.stream != nil) == (type == "text/event-stream"))
    #expect((answer.body.readableBytes > 0) == (answer.stream == nil))
  }

  @Test(
    "Upstreams whose names are only shown are found, and harm nobody",
    arguments: [
      "/run/app.sock", "[::1]:80", "b\u{FC}cher und mehr", "a/../b", "<script>alert('x')</script>", "a\"b\\c",
      "100%&x=1#y",
      String(repeating: "long-", count: 100),
    ])
  func namesThatAreOnlyShown(_ name: String) async {
    let view = Samples.upstream(
      name, checker: nil, [Samples.record("127.0.0.1:1", evidence: .assumed, votes: nil)])
    let site = TestSite([view])
    let encoded = PercentCoding.encode(name)
    for path in ["/api/v1/upstreams/\(encoded)", "/?upstream=\(encoded)", "/events?upstream=\(encoded)"] {
      #expect(await site.get(path).status == 200, "\(path)")
    }
    #expect(await site.get("/api/v1/upstreams/\(encoded)/peers/127.0.0.1:1").status == 200)
    #expect(await site.get("/status").text.hasPrefix("Upstream \(name) (NO checkers)\n"))
    let page = await site.get("/").text
    var escaped = Html()
    escaped.text(name)
    #expect(!page.contains("<script>alert"))
    #expect(page.contains(String(decoding: escaped.bytes, as: UTF8.self)))
  }

  @Test("Refusals tell what to do")
  func sentences() async {
    let site = TestSite()
    #expect(await site.get("/?show=x").text == "show cannot be x; it is problems, or left out.\n")
    #expect(await site.get("/?page=x").text == "page cannot be x; it is a whole number, 1 or more.\n")
    #expect(await site.get("/?fragment=x").text == "fragment cannot be x; it is 1.\n")
    #expect(await site.get("/status/?format=html").header("Location") == "../status?format=html")
    #expect(await site.get("/status?format=xml").text.contains("text, prometheus, json, html"))
    #expect(await site.get("/nothing").text.contains("/api/v1/upstreams/UPSTREAM/peers/PEER"))
    #expect(
      await site.get("/api/v1/upstreams/nobody").text
        == "{\"error\":\"No upstream is called nobody; there is: foo.com, bar.com.\"}\n")
    #expect(await site.get("/api/v1/upstreams/foo.com/peers/x").text.contains("there is: 127.0.0.1:12354"))
    #expect(await site.get("/api/v1/upstreams/foo.com/events?limit=0").text.contains("1 to 1000; not 0"))
  }

  @Test("What was asked for is escaped in the refusal")
  func hostileNames() async throws {
    let name = PercentCoding.encode(Samples.hostile)
    let api = await TestSite().get("/api/v1/upstreams/\(name)")
    #expect(api.status == 404)
    let error = try JsonText.decode([String: String].self, from: api.text)
    #expect(error["error"]?.contains(Samples.hostile) == true)
    let page = await TestSite().get("/status?format=\(name)")
    #expect(page.text.split(separator: "\n").count == 1)
  }

  @Test(
    "Other methods get 405 with Allow everywhere, and unknown ones 501",
    arguments: ["/", "/status", "/api/v1/upstreams", "/nothing"],
    [
      ("POST", 405), ("PUT", 405), ("DELETE", 405), ("OPTIONS", 405), ("PATCH", 405), ("TRACE", 405),
      ("PROPFIND", 501), ("PURGE", 501), ("get", 501),
    ])
  func methods(_ path: String, _ method: (name: String, status: Int)) async {
    let answer = await TestSite().site.answer(WebRequest(method: .other(method.name), path: path))
    #expect(answer.status == method.status)
    #expect(answer.header("Allow") == (method.status == 405 ? "GET, HEAD" : nil))
    #expect(
      answer.header("Content-Type")?.hasPrefix(path.hasPrefix("/api") ? "application/json" : "text/plain")
        == true)
  }

  @Test("Peers: any name, up and down, and after the order has changed")
  func peers() async throws {
    let names = ["unix:/run/a.sock", "[::1]:80", "10.0.0.1:80"]
    let records = names.map { Samples.record($0) }
    let site = TestSite([Samples.upstream("u", records)])
    for (name, record) in zip(names, records) {
      let answer = await site.get("/api/v1/upstreams/u/peers/\(PercentCoding.encode(name))")
      #expect(answer.status == 200)
      #expect(try JsonText.decode(PeerRecord.self, from: answer.text) == record)
    }
    #expect(await site.get("/api/v1/upstreams/u/peers/unix:%2Frun%2Fa.sock").status == 200)
    #expect(await site.get("/api/v1/upstreams/u/peers/[::1]:80").status == 200)
    // As people type it, and as a proxy in front may decode it.
    let plain = await site.get("/api/v1/upstreams/u/peers/unix:/run/a.sock")
    #expect(plain.status == 200)
    #expect(try JsonText.decode(PeerRecord.self, from: plain.text) == records[0])
    for other in [
      "unix:/run/b.sock", "unix:/run", "unix:", "unix:/run//a.sock", "[::1]:80/x", "unix/run/a.sock",
    ] {
      #expect(await site.get("/api/v1/upstreams/u/peers/\(other)").status == 404, "\(other)")
    }

    var reversed = Array(records.reversed())
    reversed[0].status = .down
    site.board.apply(.upstream(Samples.upstream("u", reversed)))
    let down = await site.get("/api/v1/upstreams/u/peers/10.0.0.1:80")
    #expect(down.status == 503)
    #expect(try JsonText.decode(PeerRecord.self, from: down.text) == reversed[0])
    #expect(await site.get("/api/v1/upstreams/u/peers/[::1]:80").status == 200)
    site.board.apply(.upstream(Samples.upstream("u", [records[1]])))
    #expect(await site.get("/api/v1/upstreams/u/peers/10.0.0.1:80").status == 404)
  }

  @Test("One upstream is the object of the list, with the lease and whether it is stale")
  func upstream() async throws {
    let site = TestSite()
    let one = await site.get("/api/v1/upstreams/foo.com").text
    let rest = #","lease":null,"stale":false}"#
    #expect(one.hasSuffix(rest))
    #expect(await site.get("/api/v1/upstreams").text.contains(one.dropLast(rest.utf8.count) + "}"))
    #expect(await site.get("/api/v1/upstreams").text == site.get("/status?format=json").text)
  }

  @Test("Ready once everything configured has been decided, and stays so when stale")
  func readiness() async {
    let site = TestSite([])
    #expect(await site.get("/readyz").status == 503)
    #expect(
      await site.get("/readyz").text
        == #"{"age_ms":null,"contact":null,"ready":false,"stale":false,"trouble":[]}"# + "\n")
    site.board.apply(.order([Samples.foo.name]))
    #expect(await site.get("/readyz").status == 503)
    #expect(await site.get("/api/v1/upstreams/foo.com").status == 503)
    site.board.apply(.upstream(Samples.foo))
    site.board.apply(.stale(true))
    let ready = await site.get("/readyz")
    #expect(ready.status == 200)
    #expect(ready.text == #"{"age_ms":59500,"contact":null,"ready":true,"stale":true,"trouble":[]}"# + "\n")
    // An upstream that is new takes no node out that serves the others.
    site.board.apply(.order([Samples.foo.name, Samples.bar.name]))
    site.board.apply(.cluster(Samples.cluster))
    #expect(await site.get("/readyz").status == 200)
    #expect(
      await site.get("/readyz").text
        == #"{"age_ms":1000,"contact":"steady","ready":true,"stale":true,"trouble":[]}"# + "\n")
    #expect(await site.get("/livez").text == "ok\n")
  }

  @Test("Assets are named by the page and may be kept for ever")
  func assets() async {
    let site = TestSite()
    let page = await site.get("/").text
    for (asset, type) in [
      (site.site.assets.style, "text/css; charset=utf-8"),
      (site.site.assets.script, "text/javascript; charset=utf-8"),
      (site.site.assets.alarmIcon, "image/svg+xml"),
    ] {
      #expect(page.contains("\"\(asset)\""))
      let answer = await site.get("/\(asset)")
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == type)
      #expect(answer.header("Cache-Control")?.contains("immutable") == true)
    }
  }
}
