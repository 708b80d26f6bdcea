/// One node's view of one peer, as the other nodes get to see it.
package struct Report: Hashable, Sendable {
  package var state: PeerState
  /// The probe is overdue: the view is too old to count as a vote.
  package var late: Bool
  package var ok: UInt32
  package var nok: UInt32
  /// How long that probe took, in microseconds.
  package var micros: UInt32
  /// Short code of the last probe that counted.
  package var code: String
  /// What the system or the peer said at that probe; at most `Report.longestDetail` bytes.
  package var detail: String
  /// When it ended: milliseconds since 1970, for display only.
  package var atMs: Int64
  /// When the peer's certificate ends, as the last probe saw it: seconds since 1970; 0: it saw none.
  package var certificateEndsS: Int64 = 0

  /// Bytes of `detail` that are kept of a peer's own words.
  package static let longestDetail = 120

  package init(
    state: PeerState, ok: UInt32 = 0, nok: UInt32 = 0, code: String = "", detail: String = "",
    micros: UInt32 = 0, atMs: Int64 = 0, late: Bool = false
  ) {
    self.state = state
    self.ok = ok
    self.nok = nok
    self.code = code
    self.detail = detail
    self.micros = micros
    self.atMs = atMs
    self.late = late
  }
}

extension Report {
  /// The last probe was a success, and took longer than this; false where nothing is said.
  package func isDegraded(aboveMs: Int?) -> Bool {
    guard let aboveMs, state == .up, code == "OK" else { return false }
    return Int64(micros) > Int64(aboveMs) * 1000
  }
}
