import Dispatch
import Glibc

/// What a server of a test answered.
package indirect enum TestAnswer: Hashable, Sendable {
  case text(String)
  case integer(Int)
  case list([TestAnswer])
  case error(String)
  case nothing

  /// Nil: it is something else.
  package var text: String? { if case .text(let text) = self { text } else { nil } }
  package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  package var error: String? { if case .error(let text) = self { text } else { nil } }

  /// Empty: it is no list.
  package var list: [TestAnswer] { if case .list(let items) = self { items } else { [] } }

  /// Of a list in which names and values take turns.
  package subscript(name: String) -> String? {
    let items = list
    return stride(from: 0, to: items.count - 1, by: 2).first { items[$0].text == name }.flatMap {
      items[$0 + 1].text
    }
  }
}

/// Asks one question on a connection of its own, over a server's unix socket: never TLS, whatever others must speak.
package enum TestQuestion {
  /// - Parameter password: of the default user, where one is wanted.
  /// - Throws: when there is no answer within 2 s. An error that the server answers is an answer.
  package static func ask(
    _ words: [String], socket path: String, password: String? = nil
  ) throws(TestServerError) -> TestAnswer {
    let connection = try AnswerReader(path)
    if let password {
      try connection.send(["AUTH", password])
      let login = try connection.read()
      guard login.text == "OK" else { throw TestServerError("AUTH: \(login)") }
    }
    try connection.send(words)
    return try connection.read()
  }

  /// Asks again until the answer is yes, with a breath between two questions. A server that does not answer says no.
  ///
  /// - Throws: naming `what`, after `limit`.
  package static func until(
    _ what: String, within limit: Duration = .seconds(60), _ isSo: () throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + limit
    while (try? isSo()) != true {
      guard ContinuousClock.now < end else { throw TestServerError("not within \(limit): \(what)") }
      await withCheckedContinuation { breath in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) { breath.resume() }
      }
    }
  }
}

private final class AnswerReader {
  private let descriptor: Int32
  private var bytes: [UInt8] = []
  private var place = 0

  init(_ path: String) throws(TestServerError) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestServerError("no socket: \(errno)") }
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(100)) }
    let failed = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard failed == 0 else { throw TestServerError("nobody listens at \(path): \(errno)") }
  }

  deinit { close(descriptor) }

  func send(_ words: [String]) throws(TestServerError) {
    let text = words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw TestServerError("it takes no question: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  func read() throws(TestServerError) -> TestAnswer {
    let line = try line()
    let rest = String(line.dropFirst())
    switch line.first {
    case "+": return .text(rest)
    case "-": return .error(rest)
    case ":": return .integer(Int(rest) ?? 0)
    case "$":
      guard let count = Int(rest), count >= 0 else { return .nothing }
      let text = try take(count)
      _ = try take(2)
      return .text(text)
    case "*":
      guard let count = Int(rest), count >= 0 else { return .nothing }
      var items: [TestAnswer] = []
      for _ in 0..<count { items.append(try read()) }
      return .list(items)
    default: throw TestServerError("no answer of a server: \(line)")
    }
  }

  private func line() throws(TestServerError) -> String {
    while true {
      if let end = bytes[place...].firstIndex(of: 13), end + 1 < bytes.count {
        defer { place = end + 2 }
        return String(decoding: bytes[place..<end], as: UTF8.self)
      }
      try fill()
    }
  }

  private func take(_ count: Int) throws(TestServerError) -> String {
    while bytes.count < place + count { try fill() }
    defer { place += count }
    return String(decoding: bytes[place..<place + count], as: UTF8.self)
  }

  private func fill() throws(TestServerError) {
    var piece = [UInt8](repeating: 0, count: 16_384)
    let count = recv(descriptor, &piece, piece.count, 0)
    guard count > 0 else { throw TestServerError("no answer: \(count == 0 ? 0 : errno)") }
    bytes += piece.prefix(count)
  }
}
