import Glibc
import NIOCore
import NIOPosix
import TLS

/// What the system or NIO says went wrong, in a few words.
enum SystemSentence {
  static func of(_ error: any Error) -> String {
    switch error {
    case let error as IOError: text(error.errnoCode)
    case let error as NIOConnectionError: of(error)
    case ChannelError.connectTimeout: "no answer in time"
    case ChannelError.eof: "the server closed it during the handshake of TLS"
    case let error as TLSFailure: PlainText.shown("TLS: \(error.text(of: "the server"))")
    case let error as RedisError: error.description
    default: PlainText.shown("\(error)")
    }
  }

  static func text(_ number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    let sentence = String(cString: text)
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }

  private static func of(_ error: NIOConnectionError) -> String {
    if let attempt = error.connectionErrors.first { return of(attempt.error) }
    return "the host name is not found"
  }
}
