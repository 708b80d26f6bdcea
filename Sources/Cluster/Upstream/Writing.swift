import Health
import Ledger

/// What a leader has yet to write, and what is on its way.
struct Writing: Sendable {
  /// At most one commit of an upstream in this many ms.
  static let pauseMs: Int64 = 100

  /// Peers about which something may have to be decided; each once.
  var dirty: [PeerName] = []
  /// Everything is to be written again: the ledger knows less than this node.
  var mustResync = false
  var inFlight: InFlight?
  /// Counts the commits of this run.
  var counter: UInt64 = 0
  var lastMs: Int64?
  /// When a commit was last refused for want of a right: steady ms.
  var forbiddenMs: Int64?

  /// For so long a node that may not commit says so, in ms: it cannot find out whether it may again without leading.
  static let forbiddenForMs: Int64 = 600_000

  func isForbidden(at nowMs: Int64) -> Bool {
    forbiddenMs.map { nowMs - $0 < Self.forbiddenForMs } ?? false
  }

  struct InFlight: Sendable {
    var number: UInt64
    var commit: Commit
    /// When it was sent for the first time: steady ms.
    var sentMs: Int64
    /// Send it again, the very same, when this comes; nil: an answer is under way.
    var againAtMs: Int64?
    /// It was sent, and nobody knows what became of it.
    var isUnknown = false
    /// Its events were heard.
    var isDone = false
  }
}
