import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Reading

// Where the site's own words meet the server library's.

extension WebRequest {
  init(_ request: Request, from channel: any Channel) {
    let method: Method =
      switch request.method {
      case .get: .get
      case .head: .head
      default: .other(request.method.rawValue)
      }
    self.init(
      method: method, path: request.uri.path, query: request.uri.query ?? "",
      ifNoneMatch: request.headers[.ifNoneMatch],
      lastEventID: HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] },
      takesGzip: AcceptEncoding.prefersGzip(request.headers[.acceptEncoding]), reader: Reader(channel))
  }
}

extension Reader {
  init(_ channel: any Channel) {
    if case .unixDomainSocket = channel.localAddress {
      self = .local
    } else if let text = channel.remoteAddress?.ipAddress {
      self = .address(text)
    } else {
      self = .unknown
    }
  }
}

extension WebAnswer {
  /// The response with its date; without the body for HEAD, whose `Content-Length` tells of it all the same.
  func response(to method: HTTPRequest.Method, atMs: Int64) -> Response {
    var fields = HTTPFields()
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    fields[.date] = Instant(ms: atMs).httpDate
    var response = Response(
      status: HTTPResponse.Status(code: status), headers: fields, body: responseBody)
    // A length here would be read as that of the page that is not sent.
    if status == 304 { response.headers[.contentLength] = nil }
    return method == .head ? response.createHeadResponse() : response
  }

  private var responseBody: ResponseBody {
    guard let stream else { return ResponseBody(byteBuffer: body) }
    return ResponseBody { writer in
      try await stream.run { try await writer.write($0) }
      try await writer.finish(nil)
    }
  }
}
