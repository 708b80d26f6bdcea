import Ledger
import Redis

extension LedgerError {
  /// Why a request that may write has no answer.
  init(performing error: RedisError) {
    if case .server(code: "HALF", let text) = error {
      // Our scripts mark what went wrong after they had begun to write; all else that Redis says, it says before.
      let rest = RedisError(reply: String(text.dropFirst("HALF ".count)))
      self = .outcomeUnknown(LedgerFault(rest))
    } else {
      self = error.isOutcomeUnknown ? .outcomeUnknown(LedgerFault(error)) : .unreachable(LedgerFault(error))
    }
  }

  /// Why nothing could be read.
  init(reading error: RedisError) {
    self = .unreachable(LedgerFault(error))
  }
}

extension LedgerFault {
  init(_ error: RedisError) {
    self.init(Kind(error), error.description)
  }

  static let unreadable = LedgerFault(.unreadable, "the answer of Redis cannot be read")
}

extension LedgerFault.Kind {
  fileprivate init(_ error: RedisError) {
    self =
      switch error {
      case .unreachable: .unreachable
      case .refused: .refused
      case .tls: .tls
      case .queueFull: .overloaded
      case .closed, .cancelled: .ended
      case .deadline: .deadline
      case .outcomeUnknown: .lost
      case .protocolViolation: .protocolBroken
      case .replyTooLarge: .tooLarge
      case .readOnly: .readOnly
      case .loading: .loading
      case .busy: .busy
      case .outOfMemory: .outOfMemory
      case .noReplicas: .noReplicas
      case .misconfigured: .misconfigured
      case .noPermission: .noPermission
      case .wrongType: .wrongType
      case .moved, .ask, .tryAgain: .moved
      case .clusterDown: .clusterDown
      case .scriptMissing, .server: .other
      }
  }
}
