import NIOHTTP1

/// What HTTP wants of a request, whatever its path is.
enum RequestCheck {
  struct Fault: Hashable, Sendable {
    var status: Int
    var sentence: String
  }

  /// As much of a request as its connection has to know.
  struct Request: Hashable, Sendable {
    /// Nil: nothing is wrong with it.
    var fault: Fault?
    /// The reader may go on with another one.
    var keepsAlive = true
    /// HTTP/1.0.
    var isOldHttp = false
    /// Its answer has no body.
    var isHead = false
  }

  /// - Parameter isReserved: there are too many connections, and this one is for the vital paths alone.
  static func request(_ head: HTTPRequestHead, isReserved: Bool) -> Request {
    Request(
      fault: fault(in: head, isReserved: isReserved), keepsAlive: head.isKeepAlive,
      isOldHttp: head.version == .http1_0, isHead: head.method == .HEAD)
  }

  private static func fault(in head: HTTPRequestHead, isReserved: Bool) -> Fault? {
    guard head.version.major == 1 else {
      return Fault(
        status: 505, sentence: "HTTP/1.1 and HTTP/1.0 are spoken here, no other version."
      )
    }
    if let sentence = faultOfHost(in: head) { return Fault(status: 400, sentence: sentence) }
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
    status: 503,
    sentence: "Too many connections; try again later. /livez, /readyz and /metrics are still served.")
  static let noHttp = Self(status: 400, sentence: "This is not an HTTP request.")
  static let method = Self(
    status: 501, sentence: "This method is not known here; use GET or HEAD.")
  static let slowHeaders = Self(status: 408, sentence: "The request's headers took too long.")

  static func headersTooLarge(_ limits: WebLimits) -> Self {
    Self(
      status: 431,
      sentence: "The request's headers are too large: \(limits.headerBytes) bytes and \(limits.headerCount) "
        + "lines at most.")
  }
}
