package import Health

/// A line for the log. The texts of the first three are lua-resty-upstream-healthcheck's, which users search for.
package enum LogLine: Hashable, Sendable {
  /// A probe of a peer that is up has failed.
  case probeFailed(UpstreamName, PeerName, Failure, detail: String)
  /// This node's own view has turned, after so many results in a row.
  case turned(UpstreamName, PeerName, to: PeerState, after: Int)
  /// What the nodes decided together.
  case consensus(UpstreamName, PeerName, to: PeerState, Votes)
  /// This machine cannot probe; so many times since it was last said.
  case localError(LocalError, detail: String, times: Int)
  /// The ledger did not take what this node sent.
  case ledger(UpstreamName, String)

  package enum Level: String, Sendable {
    case error, warning
  }

  package var level: Level {
    switch self {
    case .probeFailed, .localError: .error
    case .turned, .consensus, .ledger: .warning
    }
  }

  package var text: String {
    switch self {
    case .probeFailed(_, let peer, let failure, let detail):
      "healthcheck: \(failure.sentence(peer: peer, detail: detail))"
    case .turned(_, let peer, .down, let count):
      "healthcheck: peer \(peer) is turned down after \(count) failure(s)"
    case .turned(_, let peer, .up, let count):
      "healthcheck: peer \(peer) is turned up after \(count) success(es)"
    case .consensus(let upstream, let peer, let state, let votes):
      "upstream \(upstream): peer \(peer) is \(state.rawValue.uppercased()) by consensus (\(Self.count(votes, state)))"
    case .localError(let error, let detail, let times):
      "this machine cannot probe: \(detail) (\(error.code), \(times) time(s)); no peer is judged by it"
    case .ledger(let upstream, let text): "upstream \(upstream): \(text)"
    }
  }

  /// What the line is about, as fields beside the text.
  package var fields: [(name: String, value: String)] {
    switch self {
    case .probeFailed(let upstream, let peer, let failure, _):
      [("upstream", upstream.text), ("peer", peer.text), ("code", failure.code)]
    case .turned(let upstream, let peer, _, _), .consensus(let upstream, let peer, _, _):
      [("upstream", upstream.text), ("peer", peer.text)]
    case .localError(let error, _, _): [("code", error.code)]
    case .ledger(let upstream, _): [("upstream", upstream.text)]
    }
  }

  private static func count(_ votes: Votes, _ state: PeerState) -> String {
    "\(state == .down ? votes.down : votes.up) of \(votes.assigned)"
  }
}

/// Says a local error once and then once a minute with its count: 10,000 peers may meet it at the same moment.
struct LocalErrorLog: Sendable {
  static let silenceMs: Int64 = 60_000

  private struct Entry: Sendable {
    var times = 0
    var saidMs: Int64?
  }

  private var entries: [LocalError: Entry] = [:]

  mutating func add(_ error: LocalError, detail: String, _ step: inout Step) {
    var entry = entries[error] ?? Entry()
    entry.times += 1
    if entry.saidMs.map({ step.nowMs - $0 >= Self.silenceMs }) ?? true {
      step.log(.localError(error, detail: detail, times: entry.times))
      entry = Entry(times: 0, saidMs: step.nowMs)
    }
    entries[error] = entry
  }
}
