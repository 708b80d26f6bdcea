import NIOCore

/// An answer, ready to be sent: whole, but for a stream. Its body is shared by all who get the same page.
struct WebAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)]
  var body: ByteBuffer
  /// The body as gzip, where it is kept already.
  var packed: ByteBuffer?
  /// What follows for as long as the reader stays, in place of `body`.
  var stream: EventStream?

  init(_ status: Int, _ type: ContentType, _ body: ByteBuffer, caching: Caching = .none) {
    self.status = status
    self.body = body
    headers = [
      ("Content-Type", type.rawValue), ("X-Content-Type-Options", "nosniff"),
      ("Cache-Control", caching.rawValue),
    ]
    if type == .html { headers.append(("Content-Security-Policy", Self.policy)) }
  }

  init(_ status: Int, _ type: ContentType, _ bytes: [UInt8], caching: Caching = .none) {
    self.init(status, type, ByteBuffer(bytes: bytes), caching: caching)
  }

  func with(_ name: String, _ value: String) -> WebAnswer {
    var answer = self
    answer.headers.append((name, value))
    return answer
  }

  /// In the coding that the reader likes best; what is small stays as it is.
  func encoded(for request: WebRequest) -> WebAnswer {
    guard stream == nil, isCompressible else { return self }
    var answer = with("Vary", "Accept-Encoding")
    guard request.takesGzip, let packed = packed ?? Gzip.compress(body, level: Gzip.quick) else {
      return answer
    }
    answer.body = packed
    return answer.with("Content-Encoding", "gzip")
  }

  private var isCompressible: Bool {
    let type = headers.first { $0.name == "Content-Type" }?.value
    return type.flatMap(ContentType.init).map { $0 != .eventStream } ?? false
  }

  /// - Parameter stream: nil: the headers alone, for HEAD.
  init(_ stream: EventStream?) {
    self.init(200, .eventStream, [])
    self.stream = stream
    // nginx in front would wait for a buffer to fill.
    headers.append(("X-Accel-Buffering", "no"))
  }

  /// The page may load its own style, scripts and icons, draw the icon of a node that is gone (`data:`), and nothing
  /// else; nobody may frame it.
  private static let policy = [
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "worker-src 'self'",
    "img-src 'self' data:", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")
}

enum ContentType: String, Sendable {
  case text = "text/plain; charset=utf-8"
  case prometheus = "text/plain; version=0.0.4; charset=utf-8"
  case json = "application/json"
  case html = "text/html; charset=utf-8"
  case css = "text/css; charset=utf-8"
  case script = "text/javascript; charset=utf-8"
  case icon = "image/svg+xml"
  case eventStream = "text/event-stream"
}

enum Caching: String, Sendable {
  /// Every answer is of its moment.
  case none = "no-store"
  /// May be kept, and is asked for again with its ETag each time.
  case revalidate = "no-cache"
  /// The address names the content.
  case forever = "public, max-age=31536000, immutable"
}
