import NIOHTTP1

/// What HTTP wants of a request, whatever its path is.
enum RequestCheck {
  struct Fault: Hashable, Sendable {
    var status: HTTPResponseStatus
    var sentence: String
  }

  /// Nil: nothing is wrong with it.
  ///
  /// - Parameter isReserved: there are too many connections, and this one is for the vital paths alone.
  static func fault(in head: HTTPRequestHead, isReserved: Bool) -> Fault? {
    guard head.version.major == 1 else {
      return Fault(
        status: .httpVersionNotSupported, sentence: "HTTP/1.1 and HTTP/1.0 are spoken here, no other version."
      )
    }
    if let sentence = faultOfHost(in: head) { return Fault(status: .badRequest, sentence: sentence) }
    if isReserved, !Route.isVital(path: head.uri.prefix { $0 != "?" }) { return .crowd }
    return nil
  }

  /// RFC 9112, section 3.2: one `Host`, which HTTP/1.0 may leave out.
  private static func faultOfHost(in head: HTTPRequestHead) -> String? {
    let hosts = head.headers["Host"]
    if hosts.count > 1 { return "The request has \(hosts.count) Host headers; send one." }
    guard let host = hosts.first else {
      return head.version.minor == 0 ? nil : "The request has no Host header; HTTP/1.1 needs one."
    }
    return host.utf8.allSatisfy(mayStandInHost)
      ? nil : "The Host header is not a host with or without a port."
  }

  /// Of a registered name, an address in brackets or a port (RFC 3986, section 3.2.2).
  private static func mayStandInHost(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "-._~!$&'()*+,;=:%[]".utf8.contains(byte)
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

extension RequestCheck.Fault {
  static let crowd = Self(
    status: .serviceUnavailable,
    sentence: "Too many connections; try again later. /livez, /readyz and /metrics are still served.")
  static let noHttp = Self(status: .badRequest, sentence: "This is not an HTTP request.")
  static let method = Self(
    status: .notImplemented, sentence: "This method is not known here; use GET or HEAD.")
}
