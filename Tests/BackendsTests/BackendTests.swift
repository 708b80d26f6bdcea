import Backends
import Glibc
import Testing

/// The backends themselves: a hostile backend that is kinder than it says would prove nothing.
@Suite struct BackendTests {
  @Test(arguments: [LoopbackAddress.ipv4(), .ipv4(host: "127.9.8.7"), .ipv6()])
  func answersAndRemembers(_ address: LoopbackAddress) async throws {
    let backend = try Backend(.ok, at: address)
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("GET /status HTTP/1.0\r\n")
    client.send("Host: a\r\n\r\n")
    #expect(client.readAll() == .ended("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"))
    #expect(backend.lastRequest == Array("GET /status HTTP/1.0\r\nHost: a\r\n\r\n".utf8))
    let counts = await backend.counts { $0.answered == 1 }
    #expect(counts?.accepted == 1)
    #expect(counts?.requests == 1)
  }

  @Test func servesAUnixSocket() throws {
    let path = "/tmp/quorate-backend-\(getpid()).sock"
    let backend = try Backend(.atOnce("hello\n"), at: .unix(path))
    #expect(backend.peer == "unix:\(path)")
    #expect(try Client(backend.address).readAll() == .ended("hello\n"))
    backend.stop()
  }

  @Test func waitsForAWholeRequest() async throws {
    let backend = try Backend(.ok)
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("GET / HTTP/1.0\r\n")
    #expect(client.isReadable(withinMs: 50) == false)
    client.send("\r\n")
    #expect(client.isReadable(withinMs: 5000))
  }

  @Test(arguments: [LoopbackAddress.ipv4(), .ipv6()])
  func neverAccepts(_ address: LoopbackAddress) async throws {
    let backend = try Backend(.neverAccepting, at: address)
    defer { backend.stop() }
    for _ in 0..<3 { #expect(throws: Client.NotConnected.timedOut) { try Client(backend.address) } }
    await backend.behave(.ok)
    #expect(throws: Never.self) { try Client(backend.address) }
  }

  @Test func refusesAndKeepsItsPort() async throws {
    let backend = try Backend(.refusing)
    defer { backend.stop() }
    #expect(throws: Client.NotConnected.refused) { try Client(backend.address) }
    await backend.behave(.atOnce("1"))
    #expect(try Client(backend.address).readAll() == .ended("1"))
    await backend.behave(.refusing)
    #expect(throws: Client.NotConnected.refused) { try Client(backend.address) }
  }

  @Test func resetsAfterHalfALine() throws {
    let backend = try Backend(.resetInTheMiddle)
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("\r\n\r\n")
    #expect(client.readAll() == .reset("HTTP/1.0 2"))
  }

  @Test func closesAtOnceWithoutAReset() throws {
    let backend = try Backend(.closeAtOnce)
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("GET / HTTP/1.0\r\n\r\n")
    #expect(client.readAll() == .ended(""))
  }

  @Test func drips() throws {
    let backend = try Backend(.drip("abc", everyMs: 40))
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("\r\n\r\n")
    let began = ContinuousClock.now
    #expect(client.readAll() == .ended("abc"))
    #expect(ContinuousClock.now - began >= .milliseconds(100))
  }

  @Test func sendsALongLine() throws {
    let backend = try Backend(.longLine(1 << 20))
    defer { backend.stop() }
    let client = try Client(backend.address)
    client.send("\r\n\r\n")
    guard case .ended(let text) = client.readAll() else {
      Issue.record("no clean end")
      return
    }
    #expect(text.utf8.count == 1 << 20)
    #expect(!text.contains("\n"))
  }

  @Test func followsASchedule() async throws {
    let backend = try Backend([Turn(.atOnce("a"), ms: 3_600_000), Turn(.atOnce("b"), ms: 1)])
    defer { backend.stop() }
    #expect(try Client(backend.address).readAll() == .ended("a"))
    await backend.follow([Turn(.atOnce("c"), ms: 1), Turn(.atOnce("c"), ms: 1)])
    #expect(try Client(backend.address).readAll() == .ended("c"))
  }

  @Test func tellsWhenNothingCame() async throws {
    let backend = try Backend(.ok)
    #expect(await backend.counts(within: .milliseconds(20)) { $0.accepted > 0 } == nil)
    backend.stop()
    #expect(await backend.counts { $0.accepted > 0 } == nil)
  }

  @Test func refusesAddressesOfTheWorld() {
    #expect(throws: BackendError.self) { try Backend(.ok, at: .ipv4(host: "0.0.0.0")) }
    #expect(throws: BackendError.self) { try Backend(.ok, at: .ipv4(host: "10.0.0.1")) }
  }
}
