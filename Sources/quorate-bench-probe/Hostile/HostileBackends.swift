import ArgumentParser
import Backends
import Console
import Glibc

/// Backends that do all that a peer must not do, as a child of the measurement: their memory and their work are not the engine's.
struct HostileBackends: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile-backends", abstract: "Serve badly, as a child of the measurement.",
    shouldDisplay: false)

  @Option var count: Int

  func run() async throws {
    var backends: [Backend] = []
    var lines: [String] = []
    for kind in HostileKind.allCases {
      for number in 0..<count {
        let backend = try Backend(kind.behavior(number))
        backends.append(backend)
        lines.append("peer \(kind.rawValue) \(backend.peer)")
      }
    }
    try StandardOutput.write((lines + ["ready"]).joined(separator: "\n"))
    while readLine() != nil {}
    withExtendedLifetime(backends) {}
  }
}

/// A kind of probe, and who it meets.
enum HostileKind: String, CaseIterable {
  case http, https, expect, tcp, grpc

  /// All there are, in turn.
  func behavior(_ number: Int) -> Behavior {
    let all = Self.common + own
    return all[number % all.count]
  }

  private static let common: [Behavior] = [
    .silent, .drip(everyMs: 40), .garbage, .longLine(), .resetInTheMiddle, .resetAtOnce, .closeAtOnce,
    .closeInTheMiddle, .informational(1000), .endlessHeaders, .neverAccepting, .refusing,
  ]

  private var own: [Behavior] {
    switch self {
    case .http: [.http2, .informational(3, then: ""), .atOnce("HTTP/1.1 200 OK\r\n\r\n")]
    case .https: [Self.endlessRecords, Self.alert, Self.halfRecord, Self.dripOfRecords]
    case .expect: [Self.endlessBody, Self.endlessChunks, Self.hugeLength, Self.packed]
    case .tcp: [Self.endlessText, .atOnce("-ERR\r\n")]
    case .grpc: [Self.endlessSettings, Self.endlessPings, .http2]
    }
  }

  // MARK: In place of TLS

  /// Handshake records without an end.
  private static let endlessRecords = Behavior([
    .send([0x16, 3, 3, 0x40, 0] + [UInt8](repeating: 2, count: 0x4000)), .goTo(0),
  ])
  private static let alert = Behavior([.send([0x15, 3, 3, 0, 2, 2, 80]), .end])
  private static let halfRecord = Behavior([.send([0x16, 3, 3, 0x10, 0, 2, 0, 0x0f]), .hold])
  private static let dripOfRecords = Behavior([.send([0x16, 3, 3, 0, 1, 2]), .pause(10), .goTo(0)])

  // MARK: In place of HTTP/2

  private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
  private static let endlessSettings = Behavior([.send(settings), .goTo(0)])
  private static let endlessPings = Behavior([
    .send(settings), .send([0, 0, 8, 6, 0, 0, 0, 0, 0] + [UInt8](repeating: 1, count: 8)), .goTo(1),
  ])

  // MARK: Behind a good status line

  private static func begun(_ headers: String, _ rest: [UInt8]) -> Behavior {
    Behavior([.request, .send(Array("HTTP/1.1 200 OK\r\n\(headers)\r\n\r\n".utf8)), .send(rest), .goTo(2)])
  }
  private static let endlessBody = begun("X: y", [UInt8](repeating: UInt8(ascii: "a"), count: 8192))
  private static let endlessChunks = begun("Transfer-Encoding: chunked", Array("1\r\na\r\n".utf8))
  private static let hugeLength = begun("Content-Length: 9223372036854775807", Array("{\"a\":[[[[[[".utf8))
  private static let packed = Behavior.answering(
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd")

  private static let endlessText = Behavior([
    .send([UInt8](repeating: UInt8(ascii: "+"), count: 4096)), .goTo(0),
  ])
}
