/// Why a request has no answer. Whether it may have been performed is the case; what kind of trouble it is, the fault's.
package enum LedgerError: Error, Hashable, Sendable {
  /// It was not performed.
  case unreachable(LedgerFault)
  /// Nobody knows whether it was performed.
  case outcomeUnknown(LedgerFault)

  package var fault: LedgerFault {
    switch self {
    case .unreachable(let fault), .outcomeUnknown(let fault): fault
    }
  }

  package var kind: LedgerFault.Kind { fault.kind }

  /// What happened.
  package var sentence: String { fault.sentence }
}

/// Trouble with the ledger: its kind, for metrics and for what is done about it, and a sentence for people.
package struct LedgerFault: Hashable, Sendable {
  package var kind: Kind
  package var sentence: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  /// The raw value is the one word for metrics and JSON.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    // On the way to the ledger.

    /// No connection was had in time.
    case unreachable
    /// It does not accept the user or the password.
    case refused
    /// The connection cannot be secured.
    case tls
    /// It did not answer in time.
    case deadline
    /// The connection broke before the answer came.
    case lost
    /// What answers does not speak the protocol, or says too much.
    case protocolBroken = "protocol_broken"
    /// Another server has the data.
    case moved
    /// It says more at once than is taken.
    case tooLarge = "too_large"

    // Said by the ledger.

    /// Of several servers too many are down, or nobody has a part of the data.
    case clusterDown = "cluster_down"
    /// It is a replica.
    case readOnly = "read_only"
    /// It is reading its data, and answers later.
    case loading
    /// Something occupies it.
    case busy
    case outOfMemory = "out_of_memory"
    /// It has fewer replicas than it wants for a write.
    case noReplicas = "no_replicas"
    /// It takes no writes because it cannot save.
    case misconfigured
    case noPermission = "no_permission"
    case wrongType = "wrong_type"

    // On this side.

    /// As much is waiting as may wait.
    case overloaded
    /// The asker, or the way to the ledger, was ended.
    case ended
    /// The answer is none that we know.
    case unreadable

    case other

    /// The ledger itself has said it: asking again would get the same answer, and at once.
    package var isAnswer: Bool {
      switch self {
      case .moved, .clusterDown, .readOnly, .loading, .busy, .outOfMemory, .noReplicas, .misconfigured,
        .noPermission,
        .wrongType, .tooLarge, .unreadable, .other:
        true
      case .unreachable, .refused, .tls, .deadline, .lost, .protocolBroken, .overloaded, .ended: false
      }
    }
  }
}

extension LedgerFault: CustomStringConvertible {
  package var description: String { sentence }
}

/// A sentence alone is of the kind `other`.
extension LedgerFault: ExpressibleByStringInterpolation {
  package init(stringLiteral sentence: String) { self.init(.other, sentence) }
}
