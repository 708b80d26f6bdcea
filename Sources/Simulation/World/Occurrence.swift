import Cluster
import Health
import Ledger

/// What happens at a moment. What happens to a process names its run: the next one knows nothing of it.
enum Occurrence {
  case tick(node: Int, run: String)
  case probeBegins(node: Int, run: String, ProbeID, version: UInt64)
  case probeEnds(node: Int, run: String, ProbeID, version: UInt64, Outcome.Verdict)
  indirect case arrives(SimulatedRedis.Arrival, server: Int)
  indirect case replied(node: Int, run: String, connection: UInt64, number: UInt64, Reply)
  case deadline(node: Int, run: String, number: UInt64)
  indirect case announced(node: Int, run: String, connection: UInt64, LedgerAnnouncement)
  /// A subscription is made.
  case listens(node: Int, run: String, connection: UInt64)
  case began(Int)
  case ended(Int)
  case flaps(fault: Int, peer: Int, halfUs: Int64, isDown: Bool)
  /// Redis stands still from now on, or goes on: a fault's that comes again and again.
  case pauses(fault: Int, isOn: Bool)
  case takesOver(fault: Int, staying: [Int])
  case starts(node: Int)
  case swept

  enum Reply {
    case answer(Result<LedgerAnswer, LedgerError>)
    case reading(Result<LedgerReading, LedgerError>)
  }

  /// The process that it happens to, where a paused one takes it later.
  var process: (node: Int, run: String)? {
    switch self {
    case .tick(let node, let run), .probeBegins(let node, let run, _, _),
      .probeEnds(let node, let run, _, _, _), .replied(let node, let run, _, _, _),
      .deadline(let node, let run, _), .announced(let node, let run, _, _), .listens(let node, let run, _):
      (node, run)
    default: nil
    }
  }
}
