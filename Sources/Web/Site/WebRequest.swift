/// A request as the site sees it: nothing of connections or of a server library.
struct WebRequest: Sendable {
  enum Method: Hashable, Sendable {
    case get, head
    case other(String)
  }

  var method: Method
  /// As it came, percent-encoded; begins with `/`.
  var path: String
  /// What stands after `?`, percent-encoded.
  var query: String
  /// The value of `If-None-Match`.
  var ifNoneMatch: String?
  /// The value of `Last-Event-ID`: where an event stream broke off.
  var lastEventID: String?
  /// The reader prefers gzip.
  var takesGzip: Bool
  var reader: Reader

  init(
    method: Method = .get, path: String, query: String = "", ifNoneMatch: String? = nil,
    lastEventID: String? = nil, takesGzip: Bool = false, reader: Reader = .address("127.0.0.1")
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.ifNoneMatch = ifNoneMatch
    self.lastEventID = lastEventID
    self.takesGzip = takesGzip
    self.reader = reader
  }
}

/// Who reads: the other end of the connection.
package enum Reader: Hashable, Sendable {
  /// An IP address as text, perhaps with a zone, or an IPv4 address wrapped in an IPv6 one.
  case address(String)
  /// A Unix socket: the file's permissions have decided already.
  case local
  /// The connection is gone, or of a family that has no addresses.
  case unknown
}
