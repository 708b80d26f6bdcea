import Glibc
import Health

/// What an `errno` means for a probe, by the step at which it came.
enum SystemError {
  static func atConnect(_ number: Int32) -> Outcome.Verdict {
    switch number {
    case ECONNREFUSED: .failure(.connectRefused)
    case ETIMEDOUT: .failure(.connectTimedOut)
    case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN: .failure(.unreachable)
    default: atAnyStep(number) ?? .failure(.connectFailed)
    }
  }

  static func atSend(_ number: Int32) -> Outcome.Verdict {
    number == ETIMEDOUT ? .failure(.sendTimedOut) : atAnyStep(number) ?? .failure(.sendFailed)
  }

  static func atReceive(_ number: Int32) -> Outcome.Verdict {
    number == ETIMEDOUT ? .failure(.receiveTimedOut) : atAnyStep(number) ?? .failure(.reset)
  }

  /// Errors of this machine, which say nothing of the peer.
  private static func atAnyStep(_ number: Int32) -> Outcome.Verdict? {
    switch number {
    case EADDRNOTAVAIL, EADDRINUSE: .local(.noPort)
    case EMFILE, ENFILE: .local(.noDescriptor)
    case ENOMEM, ENOBUFS: .local(.noMemory)
    case EACCES, EPERM, EAFNOSUPPORT, EINVAL, EBADF: .local(.other)
    default: nil
    }
  }

  /// The system's text as nginx logs it: without capitals at the start.
  static func text(_ number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    let sentence = String(cString: text)
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
