import Addresses
import Health

/// Reads what a peer's own mapping says of its probes.
struct PeerOverrideReader {
  static let keys = ["port", "host", "host_header", "path"]

  let diagnostics: Diagnostics
  private var port: UInt16?
  private var host: String?
  private var hostHeader: String?
  private var path: String?

  init(diagnostics: Diagnostics) { self.diagnostics = diagnostics }

  var overrides: PeerOverrides? {
    PeerOverrides(port: port, host: host, hostHeader: hostHeader, path: path)
  }

  mutating func read(_ text: String, _ entry: Entry) {
    let location = entry.value.location
    switch entry.key {
    case "port":
      port = diagnostics.value(location) { () throws(ValueError) in
        UInt16(try Number.whole(text, in: OptionRange.ports, "port"))
      }
    case "host":
      host = diagnostics.value(location) { () throws(ValueError) in try OptionReader.hostName(text) }
    case "host_header":
      hostHeader = diagnostics.value(location) { () throws(ValueError) in
        try RequestReader.hostHeader(text)
      }
    default:
      path = diagnostics.value(location) { () throws(ValueError) in try RequestReader.path(text) }
    }
  }
}

/// What peers say of their probes has to fit the check of their upstream.
struct PeerOverrideCheck {
  let diagnostics: Diagnostics

  func tell(_ peers: [PeerSettings], _ check: Check) {
    for peer in peers {
      guard let overrides = peer.overrides else { continue }
      tell(overrides, peer, check)
    }
  }

  private func tell(_ overrides: PeerOverrides, _ peer: PeerSettings, _ check: Check) {
    let location = peer.origin.location
    let words = Self.words(overrides)
    switch check {
    case .none: diagnostics.notice(location, "\(words.joined(separator: ", ")): nobody checks the upstream")
    case .probed(let checker) where checker.kind == .tcp:
      let useful = checker.securedBy == nil ? ["\"port\""] : ["\"port\"", "\"host\""]
      let idle = words.filter { !useful.contains($0) }
      if !idle.isEmpty {
        diagnostics.notice(location, "\(idle.joined(separator: ", ")) of a peer has no effect with type tcp")
      }
    case .probed(let checker):
      if overrides.host != nil, checker.securedBy == nil {
        let why = checker.kind == .grpc ? "without tls: true" : "with type http"
        diagnostics.notice(location, "\"host\" of a peer has no effect \(why)")
      }
      if overrides.path != nil, checker.kind == .grpc {
        diagnostics.notice(location, "\"path\" of a peer has no effect with type grpc")
      }
      request(overrides, checker, location)
    }
    if overrides.port != nil, case .unix = peer.address {
      diagnostics.notice(location, "\"port\" of a peer has no effect: a unix socket has none")
    }
  }

  private func request(_ overrides: PeerOverrides, _ checker: Checker, _ location: SourceLocation) {
    guard overrides.changesRequest, checker.parts == nil else { return }
    let word = overrides.path == nil ? "host_header" : "path"
    diagnostics.problem(
      location, "the peer has a \(word) of its own, and the request of its upstream is written out",
      remedy: "write path: / and the like for the upstream in place of http_req")
  }

  private static func words(_ overrides: PeerOverrides) -> [String] {
    [
      overrides.port.map { _ in "\"port\"" }, overrides.host.map { _ in "\"host\"" },
      overrides.hostHeader.map { _ in "\"host_header\"" }, overrides.path.map { _ in "\"path\"" },
    ]
    .compactMap(\.self)
  }
}
