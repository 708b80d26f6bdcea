/// What one probe found.
package struct Outcome: Hashable, Sendable {
  package enum Verdict: Hashable, Sendable {
    case success
    case failure(Failure)
    case local(LocalError)
  }

  package var verdict: Verdict
  /// The status code of the answer; 0: none was read.
  package var status: UInt16
  package var phases: Phases
  /// What the system or the peer said (an error's text, the bad line or code); empty for a success.
  package var detail: String
  /// Nil: none was seen.
  package var certificate: Certificate?

  package init(_ verdict: Verdict, status: UInt16 = 0, phases: Phases = Phases(), detail: String = "") {
    self.verdict = verdict
    self.status = status
    self.phases = phases
    self.detail = detail
  }

  /// `OK`, or the short code of the failure or local error.
  package var code: String {
    switch verdict {
    case .success: "OK"
    case .failure(let failure): failure.code
    case .local(let error): error.code
    }
  }
}

/// What is told of a peer's certificate.
package struct Certificate: Hashable, Sendable {
  /// The names that it is for, separated by ", "; those that are too many are left out.
  package var names: String
  /// When it ends, or the first certificate that it depends on: seconds since 1970; 0: not known.
  package var endsS: Int64

  package init(names: String, endsS: Int64) {
    self.names = names
    self.endsS = endsS
  }
}

/// How long the phases of one probe took, in microseconds since its start; 0: the phase was not reached.
package struct Phases: Hashable, Sendable {
  /// Until the connection was made.
  package var connect: UInt32
  /// Until the TLS handshake was done.
  package var handshake: UInt32
  /// Until the first byte of the answer.
  package var firstByte: UInt32
  /// Until the outcome was known.
  package var total: UInt32

  package init(connect: UInt32 = 0, handshake: UInt32 = 0, firstByte: UInt32 = 0, total: UInt32 = 0) {
    self.connect = connect
    self.handshake = handshake
    self.firstByte = firstByte
    self.total = total
  }
}
