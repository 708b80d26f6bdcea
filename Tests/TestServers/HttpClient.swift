import Backends
import Dispatch
import Glibc

/// A client for one request: as plain as can be, so that the bytes are what the server sent.
package enum HttpClient {
  package struct Answer: Hashable, Sendable {
    package var status: Int
    /// Lines without their line ends.
    package var headers: [String]
    package var body: String
  }

  /// - Parameter from: the address of this machine that asks.
  package static func get(_ path: String, port: UInt16, from: String = "127.0.0.1") async throws -> Answer {
    try await onOwnThread { try getNow(path, port, from) }
  }

  /// Asks again and again until the answer is as wanted, or the time is over; returns the last answer. For what no
  /// event tells.
  package static func get(
    _ path: String, port: UInt16, within limit: Duration, until isWanted: @escaping @Sendable (Answer) -> Bool
  ) async throws -> Answer {
    try await onOwnThread {
      let end = ContinuousClock.now + limit
      while true {
        let answer = try getNow(path, port, "127.0.0.1")
        if isWanted(answer) || ContinuousClock.now > end { return answer }
        poll(nil, 0, 20)
      }
    }
  }

  /// The same of a server that is about to start.
  package static func answer(
    _ path: String, port: UInt16, within limit: Duration, until isWanted: @escaping @Sendable (Answer) -> Bool
  ) async throws -> Answer {
    try await onOwnThread {
      let end = ContinuousClock.now + limit
      while true {
        do {
          let answer = try getNow(path, port, "127.0.0.1")
          if isWanted(answer) || ContinuousClock.now > end { return answer }
        } catch {
          if ContinuousClock.now > end { throw error }
        }
        poll(nil, 0, 20)
      }
    }
  }

  private static func onOwnThread(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
    }
  }

  private static func getNow(_ path: String, _ port: UInt16, _ from: String) throws -> Answer {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure("no socket") }
    defer { close(descriptor) }
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      var limit = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard try call(.ipv4(port: 0, host: from), { bind(descriptor, $0, $1) }) == 0 else {
      throw failure("bind")
    }
    guard try call(.ipv4(port: port), { connect(descriptor, $0, $1) }) == 0 else { throw failure("connect") }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw failure("send")
    }
    return try parse(try readAll(descriptor))
  }

  private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return bytes }
      guard count > 0 else { throw failure("receive") }
      bytes += buffer[..<count]
    }
  }

  /// Answers here have a length, so that what follows the head until the end is the body.
  private static func parse(_ bytes: [UInt8]) throws -> Answer {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else {
      throw TestServerError("no HTTP: \(text.prefix(200))")
    }
    let head = text[..<end.lowerBound].split(separator: "\r\n").map(String.init)
    let words = head.first?.split(separator: " ") ?? []
    guard words.count >= 2, let status = Int(words[1]) else { throw TestServerError("no HTTP: \(head)") }
    guard !head.contains(where: { $0.lowercased().hasPrefix("transfer-encoding:") }) else {
      throw TestServerError("chunks are not read here")
    }
    return Answer(status: status, headers: Array(head.dropFirst()), body: String(text[end.upperBound...]))
  }

  private static func call(
    _ address: LoopbackAddress, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
  ) throws -> Int32 {
    try address.bytes().withUnsafeBytes {
      body($0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
  }

  private static func failure(_ what: String) -> TestServerError {
    TestServerError("\(what): \(String(cString: strerror(errno)))")
  }
}
