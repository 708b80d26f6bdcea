import Backends
import Glibc
import TestServers
import Testing

extension EndToEndTests {
  /// A machine that runs out of ports or descriptors, in a network namespace of its own: nobody is judged by that, and all goes
  /// on when they are back.
  @Suite(.serialized, .enabled(if: geteuid() == 0, "namespaces are root's")) struct ScarceTests {
    /// The other side, in the same namespace: answers every request after a moment, starts the node, and does what it is told on its
    /// standard input.
    private static let script = #"""
      import ctypes, http.client, resource, socket, subprocess, sys, threading, time
      subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
      program, config, ports, delay = sys.argv[1:5]
      if ports:
          with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as range:
              range.write(ports)
      listener = socket.create_server(("", 8081), backlog=1000)

      def answer(connection):
          with connection:
              try:
                  if connection.recv(1000):
                      time.sleep(float(delay))
                      connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
                      connection.recv(1)
              except OSError:
                  pass

      def serve():
          while True:
              connection = listener.accept()[0]
              threading.Thread(target=answer, args=(connection,), daemon=True).start()

      threading.Thread(target=serve, daemon=True).start()
      # It ends with whoever started it (PR_SET_PDEATHSIG, SIGKILL), however that ends.
      node = subprocess.Popen(
          [program, "serve", "--config", config], preexec_fn=lambda: ctypes.CDLL(None).prctl(1, 9))
      held = []
      # One that stays: neither ports nor descriptors are asked for later.
      while True:
          try:
              reader = http.client.HTTPConnection("127.0.0.1", 8080, timeout=5)
              reader.connect()
              break
          except OSError:
              time.sleep(0.05)
      for line in sys.stdin:
          word = line.strip()
          if word == "hold":
              try:
                  while True:
                      held.append(socket.create_connection(("127.0.0.1", 8081)))
              except OSError:
                  print("held", len(held), flush=True)
          elif word == "free":
              for connection in held:
                  connection.close()
              print("freed", flush=True)
          elif word.startswith("files "):
              hard = resource.prlimit(node.pid, resource.RLIMIT_NOFILE)[1]
              few = int(word[6:]) or hard
              resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (few, hard))
              print("set", flush=True)
          else:
              # Asked again and again until it is as wanted.
              time.sleep(0.02)
              reader.request("GET", word)
              page = reader.getresponse().read().decode()
              print(page.replace("\n", "|"), flush=True)
              print("end of page", flush=True)
      node.terminate()
      node.wait()
      """#

    private struct Side {
      let child: Child
      let folder: TestFolder

      init(peers: [String], more: String, ports: String = "", delay: String = "0") throws {
        folder = try TestFolder()
        let list = peers.map { "\"\($0)\"" }.joined(separator: ", ")
        let config = try folder.write(
          "quorate.yaml",
          """
          listen: 127.0.0.1:8080
          upstreams:
            - {upstream: one, type: http, path: /, close: reset, valid_statuses: [200], fall: 2, \(more), peers: [\(list)]}

          """)
        let script = try folder.write("side.py", ScarceTests.script)
        child = try Child(
          "unshare", ["-n", "python3", script, Programs.quorate, config, ports, delay])
      }

      /// What it says to a word.
      func say(_ word: String, until wanted: String) async throws -> String {
        let start = child.state.value.output.whole.count
        child.write(word + "\n")
        guard let line = await child.line(with: wanted, on: .output, from: start, within: .seconds(20)) else {
          throw TestServerError(
            "no \"\(wanted)\":\n\(child.state.value.output.text)\n\(child.state.value.error.text)")
        }
        return child.state.value.output.whole[start..<line.next].joined(separator: "\n")
      }

      /// The page, as soon as it is as wanted.
      func page(_ path: String, is isWanted: (String) -> Bool) async throws -> String {
        var page = ""
        for _ in 0..<400 {
          page = try await say(path, until: "end of page")
          if isWanted(page) { return page }
        }
        throw TestServerError("\(path) did not become so:\n\(page)\n\(child.state.value.error.text)")
      }

      /// How many probes have ended with this code.
      func probes(_ code: String, in page: String) -> Int {
        let sample = "quorate_probes_total{upstream=\"one\",check=\"\",type=\"http\",code=\"\(code)\"} "
        return page.split(separator: "|").first { $0.hasPrefix(sample) }.flatMap {
          Int($0.dropFirst(sample.count))
        } ?? 0
      }

      func logged(_ text: String) async throws {
        guard await child.line(with: text, within: .seconds(20)) != nil else {
          throw TestServerError("\"\(text)\" was not logged:\n\(child.state.value.error.text)")
        }
      }

      func count(of text: String) -> Int { child.state.value.error.whole.count { $0.contains(text) } }

      func stop() async { await child.stop(with: SIGKILL) }
    }

    @Test func portsRunOutAndComeBack() async throws {
      let side = try Side(
        peers: ["127.0.0.1:8081"], more: "interval: 100ms, timeout: 1s", ports: "40000 40003")
      try await side.logged("serving on")
      let good = try await side.page("/metrics") { side.probes("OK", in: $0) > 2 }
      #expect(side.probes("LOCPORT", in: good) == 0)
      // The node's own probe may have one of the four at that moment.
      let held = try await side.say("hold", until: "held")
      #expect(held.contains("held 4") || held.contains("held 3"), "\(held)")
      _ = try await side.say("hold", until: "held")
      try await side.logged("this machine cannot probe: cannot assign requested address (LOCPORT, 1 time(s))")
      _ = try await side.page("/metrics") { side.probes("LOCPORT", in: $0) > 5 }
      let held2 = try await side.page("/api/v1/upstreams/one") { _ in true }
      #expect(held2.contains("\"status\":\"up\""), "\(held2)")
      _ = try await side.say("free", until: "freed")
      let before = side.probes("OK", in: try await side.page("/metrics") { _ in true })
      _ = try await side.page("/metrics") { side.probes("OK", in: $0) > before + 5 }
      #expect(side.count(of: "this machine cannot probe") == 1 && side.count(of: "is turned") == 0)
      await side.stop()
    }

    @Test func descriptorsRunOutAndComeBack() async throws {
      let side = try Side(
        peers: (1...200).map { "127.0.0.\($0):8081" },
        more: "interval: 1s, timeout: 990ms", delay: "0.3")
      // Before the probes of the first interval have the sockets that they use again.
      _ = try await side.say("files 40", until: "set")
      try await side.logged("this machine cannot probe: too many open files (LOCFD, 1 time(s))")
      _ = try await side.say("files 0", until: "set")
      let page = try await side.page("/metrics") { side.probes("LOCFD", in: $0) > 0 }
      // They end, once there are enough.
      let (lost, good) = (side.probes("LOCFD", in: page), side.probes("OK", in: page))
      let later = try await side.page("/metrics") { side.probes("OK", in: $0) > good + 600 }
      #expect(side.probes("LOCFD", in: later) <= lost + 200)
      let last = try await side.page("/metrics") { side.probes("OK", in: $0) > good + 1200 }
      #expect(side.probes("LOCFD", in: last) == side.probes("LOCFD", in: later))
      #expect(side.count(of: "this machine cannot probe") == 1 && side.count(of: "is turned down") == 0)
      await side.stop()
    }
  }
}
