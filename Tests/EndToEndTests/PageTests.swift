import Backends
import RedisTestServer
import TestServers
import Testing

extension EndToEndTests {
  /// The page in a real browser, of a real node.
  @Suite(.serialized, .enabled(if: Chromium.isThere, "chromium is not installed"))
  struct PageTests {
    private static let bar = "document.querySelector('#bars .stale')"
    private static let icon = "document.querySelector('link[rel=icon]').getAttribute('href')"

    private func settings(_ redis: RedisServer, _ backends: [Backend]) -> String {
      """
      listen: 127.0.0.1:0
      node: n1
      redis: unix://\(redis.socket)
      heartbeat: 100ms
      lease: 1s
      member_expiry: 1s
      upstreams:
        - upstream: app
          type: tcp
          interval: 100ms
          fall: 2
          peers: [\(backends.map { "\"\($0.peer)\"" }.joined(separator: ", "))]

      """
    }

    /// Whether an element is within the window.
    private func isInSight(_ element: String) -> String {
      "(() => { const r = \(element).getBoundingClientRect(); return r.height > 10 && r.top >= 0 && r.bottom <= innerHeight; })()"
    }

    @Test func staleAndGoneAreSeenWhereverThePageIs() async throws {
      let redis = try await RedisServer()
      let backends = try (0..<30).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let folder = try TestFolder()
      let node = try await QuorateServer(["--config", folder.write("q.yaml", settings(redis, backends))])
      let browser = try Chromium()
      let page = try await browser.open("http://127.0.0.1:\(node.port)/")
      try await browser.wait(until: "document.title === 'all up · n1 · Quorate'", in: page)
      let fine = try await browser.value(Self.icon, in: page)

      // Nobody looks at it.
      let other = try await browser.open("about:blank")
      try await browser.bringToFront(other)
      try await browser.wait(until: "document.hidden", in: page)
      redis.stop()
      try await browser.wait(until: "document.title === 'stale · n1 · Quorate'", in: page)
      let stale = try await browser.value(Self.icon, in: page)
      #expect(try await browser.value("document.hidden", in: page) == "true")
      #expect(stale.hasPrefix("assets/stale-") && stale != fine)

      // Somebody looks, far down.
      try await browser.bringToFront(page)
      try await browser.wait(until: "!document.hidden", in: page)
      try await browser.value("scrollTo(0, document.body.scrollHeight)", in: page)
      #expect(try await browser.value("scrollY > 100", in: page) == "true")
      #expect(try await browser.value(isInSight(Self.bar), in: page) == "true")
      #expect(try await browser.value("document.getElementById('live').textContent", in: page) == "Stale")
      #expect(try await browser.value("document.body.textContent.includes('confirmed')", in: page) == "false")

      // Hidden again, and the node dies.
      try await browser.bringToFront(other)
      try await browser.wait(until: "document.hidden", in: page)
      await node.process.stop(with: 9)
      try await browser.wait(until: "document.title === 'node gone · n1 · Quorate'", in: page)
      #expect(try await browser.value(Self.icon, in: page).hasPrefix("data:image/svg+xml,"))
      try await browser.bringToFront(page)
      #expect(try await browser.value(isInSight("document.getElementById('lost')"), in: page) == "true")
      await browser.end()
    }

    @Test func aProxyMayPutItAnywhere() async throws {
      let good = try Backend(.ok)
      let bad = try Backend(.refusing)
      defer { for backend in [good, bad] { backend.stop() } }
      let node = try await QuorateServer([
        "--peer", good.peer, "--peer", bad.peer, "--node", "n1", "--listen", "127.0.0.1:0",
      ])
      try await node.logged("peer \(bad.peer) is DOWN by consensus")
      let folder = try TestFolder()
      let reserved = try ReservedPort()
      let file = try folder.write(
        "nginx.conf",
        """
        pid \(folder.path)/nginx.pid;
        error_log stderr notice;
        events { worker_connections 64; }
        http {
          access_log off;
        \(Nginx.folders(in: folder))
          server {
            listen 127.0.0.1:\(reserved.port);
            location /quorate/ { proxy_pass http://127.0.0.1:\(node.port)/; }
            location / { return 404; }
          }
        }

        """)
      let nginx = try Child(
        Programs.nginx,
        ["-p", folder.path, "-c", file, "-e", "stderr", "-g", "daemon off; master_process off;"])
      _ = await nginx.line(with: "event method")
      let top = "http://127.0.0.1:\(reserved.port)/quorate/"
      let browser = try Chromium()
      for address in [top, top + "?show=problems", top + "status?format=html", top + "status/?format=html"] {
        let page = try await browser.open(address)
        // The script has run, and what it fetched was the page.
        try await browser.wait(until: "document.documentElement.dataset.polled === 'yes'", in: page)
        #expect(try await browser.value("document.getElementById('live').textContent", in: page) == "Live")
        #expect(try await browser.value("document.title", in: page) == "1 down · n1 · Quorate")
        #expect(
          try await browser.value("getComputedStyle(document.querySelector('.bar')).display", in: page)
            == "flex")
        // Every link leads somewhere, below where the proxy put it.
        let links = """
          Promise.all([...document.querySelectorAll("a[href], link[href], script[src]")]
            .map((e) => e.href || e.src).filter((a) => !a.includes("#")).map(async (a) => {
              const answer = await fetch(a);
              return a.startsWith("\(top)") && [200, 503].includes(answer.status) ? "" : `${a}: ${answer.status}`;
            })).then((all) => `${all.length > 10} ${all.filter(Boolean).join(" ")}`.trim())
          """
        #expect(try await browser.value(links, in: page) == "true", "\(address)")
        // Searching stays below it, too.
        try await browser.value(
          "(() => { const q = document.getElementById('q'); q.value = '127'; q.dispatchEvent(new Event('input')); })()",
          in: page)
        try await browser.wait(until: "document.getElementById('found')", in: page)
        #expect(try await browser.value("location.href", in: page) == top + "?q=127")
      }
      await browser.end()
      await nginx.stop()
      await node.end()
    }
  }
}
