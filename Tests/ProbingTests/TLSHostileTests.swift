import Backends
import Health
import Probing
import TestServers
import Testing

/// Servers that begin a handshake and do not go on with it, or want something in it that a probe does not do.
@Suite struct TLSHostileTests {
  private static let timeoutMs = 250

  /// Wherever the server falls silent, the probe ends with its time-out: in the handshake until that is done, and in the
  /// answer behind it.
  @Test(arguments: ["TLSv1.2", "TLSv1.3"])
  func silenceAnywhereIsATimeOut(version: String) async throws {
    let authority = try await Authority()
    let nginx = try await SecureNginx([.init(try await authority.issue(["IP:127.0.0.1"]), protocols: version)]
    )
    let options = TLSTests.options(nil, ca: authority.ca)
    let whole = try StallingProxy(to: nginx.ports[0], passing: .max)
    #expect(try await TLSTests.probe("127.0.0.1:\(whole.port)", options).code == "OK")
    let said = whole.said
    whole.stop()
    // The record's header, its first byte, and then places all over what the server says.
    // The last bytes say no more than that the server ends.
    let last = said - 60
    let places = [0, 1, 4, 5, 6] + stride(from: 40, to: last, by: max(last / 12, 1)) + [last]
    var codes: [String] = []
    for place in places {
      let proxy = try StallingProxy(to: nginx.ports[0], passing: place)
      let outcome = try await TLSTests.probe("127.0.0.1:\(proxy.port)", options, timeoutMs: Self.timeoutMs)
      codes.append(outcome.code)
      #expect(["L6TOUT", "L7TOUT"].contains(outcome.code), "\(place) of \(said): \(outcome)")
      #expect(
        outcome.phases.total >= UInt32(Self.timeoutMs * 1000) && outcome.detail == "timeout", "\(outcome)")
      #expect((outcome.code == "L6TOUT") == (outcome.phases.handshake == 0), "\(outcome)")
      proxy.stop()
    }
    // First those in the handshake, then those behind it.
    #expect(codes.first == "L6TOUT" && codes.last == "L7TOUT" && codes == codes.sorted(), "\(codes)")
    try await nginx.stop()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let behavior: Behavior
    let codes: Set<String>
  }

  @Test(arguments: [
    Case(
      testDescription: "handshake records without an end",
      behavior: Behavior([
        .send([0x16, 3, 3, 0x40, 0] + [UInt8](repeating: 2, count: 0x4000)), .goTo(0),
      ]), codes: ["L6RSP"]),
    Case(
      testDescription: "a message that is said to be of 16 MB",
      behavior: Behavior([
        .send([0x16, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 0x3ffc)),
        .send([0x16, 3, 3, 0x40, 0] + [UInt8](repeating: 0, count: 0x4000)), .goTo(1),
      ]), codes: ["L6RSP"]),
    Case(
      testDescription: "empty records without an end",
      behavior: Behavior([.send([0x16, 3, 3, 0, 0]), .goTo(0)]), codes: ["L6RSP", "L6TOUT"]),
    Case(
      testDescription: "warnings without an end",
      behavior: Behavior([.send([0x15, 3, 3, 0, 2, 1, 90]), .goTo(0)]),
      codes: ["L6RSP", "L6TOUT"]),
    Case(
      testDescription: "a byte of a message in each record",
      behavior: Behavior([.send([0x16, 3, 3, 0, 1, 2]), .pause(5), .goTo(0)]), codes: ["L6RSP", "L6TOUT"]),
    Case(
      testDescription: "application data at once", behavior: Behavior([.send([0x17, 3, 3, 0, 1, 2]), .end]),
      codes: ["L6RSP"]),
  ])
  func whatIsNoHandshakeEnds(test: Case) async throws {
    let backend = try Backend(test.behavior)
    defer { backend.stop() }
    let outcome = try await TLSTests.probe(
      backend.peer, TLSTests.options(nil, ca: nil, .none), timeoutMs: Self.timeoutMs)
    #expect(test.codes.contains(outcome.code), "\(outcome)")
    #expect(outcome.phases.total < 2_000_000, "\(outcome)")
  }

  /// OpenSSL's own server, which wants more than nginx does.
  private static func server(_ own: Authority.Issued, _ port: UInt16, _ options: [String]) async throws
    -> Child
  {
    let child = try Child(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", own.certificate, "-key", own.key] + options)
    guard await child.line(with: "ACCEPT", on: .output, within: .seconds(20)) != nil else {
      throw TestServerError("s_server did not start: \(child.state.value.error.text)")
    }
    return child
  }

  /// TLS 1.3 tells it only behind the handshake.
  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func aCertificateThatIsWantedAndMissingIsNamed(version: String) async throws {
    let authority = try await Authority()
    let own = try await authority.issue(["IP:127.0.0.1"])
    let reserved = try ReservedPort()
    let server = try await Self.server(
      own, reserved.port, [version, "-Verify", "1", "-verify_return_error", "-CAfile", authority.ca])
    let options = TLSTests.options(nil, ca: authority.ca)
    let outcome = try await TLSTests.probe("127.0.0.1:\(reserved.port)", options)
    #expect(outcome.code == "L6RSP", "\(outcome)")
    #expect(outcome.detail.contains(version == "-tls1_3" ? "client certificate" : "alert"), "\(outcome)")
    await server.stop()
  }

  /// A server that wants to shake hands once more is not obeyed, and ends nobody else.
  @Test func renegotiationIsRefused() async throws {
    let authority = try await Authority()
    let own = try await authority.issue(["IP:127.0.0.1"])
    let reserved = try ReservedPort()
    let server = try await Self.server(own, reserved.port, ["-tls1_2"])
    let asking = Task {
      // It says so once the handshake is done.
      if await server.line(with: "CIPHER is", on: .output, within: .seconds(20)) != nil {
        server.write("R\n")
      }
    }
    let outcome = try await TLSTests.probe(
      "127.0.0.1:\(reserved.port)", TLSTests.options(nil, ca: authority.ca), timeoutMs: 3000)
    await asking.value
    #expect(
      ["L6RSP", "L7RSP"].contains(outcome.code) && outcome.detail.contains("renegotiation"), "\(outcome)")
    await server.stop()
  }
}
