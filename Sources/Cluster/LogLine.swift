package import Health
package import Ledger

/// A line for the log. The texts of the first three are lua-resty-upstream-healthcheck's, which users search for.
package enum LogLine: Hashable, Sendable {
  /// A probe of a peer that is up has failed.
  case probeFailed(UpstreamName, PeerName, Failure, detail: String)
  /// The peer's certificate ends in so many days; below 1: within a day, or it has ended.
  case certificateEnds(UpstreamName, PeerName, inDays: Int64)
  /// This node's own view has turned, after so many results in a row.
  case turned(UpstreamName, PeerName, to: PeerState, after: Int)
  /// What the nodes decided together.
  case consensus(UpstreamName, PeerName, to: PeerState, Votes)
  /// So many more lines of a kind than were written, within a second.
  case crowd(UpstreamName, Crowd, count: Int, reasons: [String: Int])
  /// This machine cannot probe; so many times since it was last said.
  case localError(LocalError, detail: String, times: Int)
  /// This node decides for the upstream from now on.
  case leads(UpstreamName, term: UInt64)
  case leadsNoMore(UpstreamName)
  case handsOver(UpstreamName, to: String)
  /// Another definition is in force.
  case definition(UpstreamName, digest: String)
  /// The ledger knows less than this leader, who writes everything again.
  case resync(UpstreamName, ledgerSeq: UInt64, knownSeq: UInt64)
  /// A leader that knew nothing has rebuilt the upstream from these keys.
  case rebuilt(UpstreamName, from: [String])
  /// An override is in force.
  case override(UpstreamName, PeerName, Override.State, by: String, why: String)
  /// So few peers are up that who heeds it uses all of them; or not any more.
  case panic(UpstreamName, Bool, UpCount)
  case joined(String)
  /// It has said that it ends; or the ledger does not name it any more, and nobody knows why.
  case left(String)
  /// Its heartbeats have stopped, and it has not said that it ends.
  case missing(String)
  /// It is missed no more, though it was not heard again.
  case forgotten(String)
  /// - hasConsensus: something was decided before, and is still served.
  case contactLost(String, hasConsensus: Bool)
  /// The ledger answers heartbeats, and refuses something else.
  case refused(String)
  case refusedNoMore
  /// Not all that the nodes tell each other is heard.
  case deaf(String)
  case deafNoMore
  case contactBack(afterMs: Int64)
  /// A kind of request, of an upstream or (nil) of the node, was refused so often in a row, and is asked again ever less often.
  case backsOff(UpstreamName?, RequestKind, times: Int, String)
  case backsOffNoMore(UpstreamName?, RequestKind)
  /// This node stood still.
  case paused(forMs: Int64)

  package enum Level: String, Sendable {
    case error, warning, notice
  }

  package var level: Level {
    switch self {
    case .probeFailed, .localError, .contactLost, .refused, .deaf: .error
    case .certificateEnds, .turned, .consensus, .panic, .crowd, .resync, .rebuilt, .missing, .paused,
      .override,
      .backsOff:
      .warning
    case .leads, .leadsNoMore, .handsOver, .definition, .joined, .left, .forgotten, .contactBack,
      .refusedNoMore, .deafNoMore, .backsOffNoMore:
      .notice
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
    case .certificateEnds(let upstream, let peer, let days):
      "upstream \(upstream): the certificate of peer \(peer) \(Self.end(inDays: days)); the peer is judged by its probes alone"
    case .consensus(let upstream, let peer, let state, let votes):
      "upstream \(upstream): peer \(peer) is \(state.rawValue.uppercased()) by consensus (\(Self.count(votes, state)))"
    case .crowd(let upstream, let crowd, let count, let reasons):
      "upstream \(upstream): \(crowd.sentence(count))\(Self.list(reasons))"
    case .localError(let error, let detail, let times):
      "this machine cannot probe: \(detail) (\(error.code), \(times) time(s)); no peer is judged by it"
    case .leads(let upstream, let term): "upstream \(upstream): this node leads, term \(term)"
    case .leadsNoMore(let upstream): "upstream \(upstream): this node does not lead any more"
    case .handsOver(let upstream, let node): "upstream \(upstream): the lead is handed over to node \(node)"
    case .definition(let upstream, let digest): "upstream \(upstream): definition \(digest) is in force"
    case .resync(let upstream, let ledgerSeq, let knownSeq):
      """
      upstream \(upstream): the ledger stands at \(ledgerSeq) and this leader at \(knownSeq): \
      everything is written again
      """
    case .rebuilt(let upstream, let sources):
      """
      upstream \(upstream): Redis has lost a part of it; what was decided is rebuilt from what is left: \
      \(sources.joined(separator: ", "))
      """
    case .override(let upstream, let peer, .auto, let by, _):
      "upstream \(upstream): peer \(peer) follows the votes again (\(by))"
    case .override(let upstream, let peer, let state, let by, let why):
      "upstream \(upstream): peer \(peer) is set to \(state.rawValue) by \(by): \(why)"
    case .panic(let upstream, true, let count):
      "upstream \(upstream): panic: \(count.up) of \(count.total) peers are up; who heeds it uses all of them"
    case .panic(let upstream, false, let count):
      "upstream \(upstream): no panic any more: \(count.up) of \(count.total) peers are up"
    case .joined(let node): "node \(node) has joined"
    case .left(let node): "node \(node) has left"
    case .missing(let node):
      "node \(node) is missing: its heartbeats have stopped, and it has not said that it ends"
    case .forgotten(let node): "node \(node) is forgotten: it is not missed any more"
    case .contactLost(let why, hasConsensus: true):
      "no contact with the ledger: \(why); probing goes on, and the last consensus is served as stale"
    case .contactLost(let why, hasConsensus: false):
      "no contact with the ledger: \(why); there is no consensus yet, and nothing is decided before there is contact"
    case .refused(let why): "the ledger answers, but not to everything: \(why)"
    case .refusedNoMore: "the ledger answers to everything again"
    case .deaf(let why):
      "this node does not hear all that the others announce, and reads it up to two heartbeats later: \(why)"
    case .deafNoMore: "this node hears all that the others announce again"
    case .contactBack(let ms): "the ledger is reached again after \(ms) ms"
    case .backsOff(let upstream, let kind, let times, let why):
      """
      \(Self.place(upstream))\(kind.words) was refused \(times) times in a row (\(why)); it is tried again every \
      \(kind.pace.longestMs / 1000) s at the latest
      """
    case .backsOffNoMore(let upstream, let kind):
      "\(Self.place(upstream))\(kind.words) is not refused any more"
    case .paused(let ms):
      "this node stood still for \(ms) ms; what it measured meanwhile is discarded"
    }
  }

  /// What the line is about, as fields beside the text.
  package var fields: [(name: String, value: String)] {
    switch self {
    case .probeFailed(let upstream, let peer, let failure, _):
      [("upstream", upstream.text), ("peer", peer.text), ("code", failure.code)]
    case .turned(let upstream, let peer, _, _), .consensus(let upstream, let peer, _, _),
      .certificateEnds(let upstream, let peer, _):
      [("upstream", upstream.text), ("peer", peer.text)]
    case .localError(let error, _, _): [("code", error.code)]
    case .leads(let upstream, _), .leadsNoMore(let upstream),
      .handsOver(let upstream, _), .definition(let upstream, _), .resync(let upstream, _, _),
      .rebuilt(let upstream, _), .crowd(let upstream, _, _, _), .panic(let upstream, _, _):
      [("upstream", upstream.text)]
    case .override(let upstream, let peer, _, _, _): [("upstream", upstream.text), ("peer", peer.text)]
    case .joined(let node), .left(let node), .missing(let node), .forgotten(let node): [("node", node)]
    case .backsOff(let upstream, let kind, _, _), .backsOffNoMore(let upstream, let kind):
      (upstream.map { [("upstream", $0.text)] } ?? []) + [("request", kind.rawValue)]
    case .contactLost, .contactBack, .refused, .refusedNoMore, .deaf, .deafNoMore, .paused: []
    }
  }

  private static func place(_ upstream: UpstreamName?) -> String {
    upstream.map { "upstream \($0): " } ?? ""
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

  mutating func add(_ error: LocalError, detail: String, _ context: inout Context) {
    var entry = entries[error] ?? Entry()
    entry.times += 1
    if entry.saidMs.map({ context.nowMs - $0 >= Self.silenceMs }) ?? true {
      context.log(.localError(error, detail: detail, times: entry.times))
      entry = Entry(times: 0, saidMs: context.nowMs)
    }
    entries[error] = entry
  }
}

extension LogLine {
  /// What many lines of one upstream are of.
  package enum Crowd: Hashable, Sendable {
    case failures
    case turned(PeerState)
    case consensus(PeerState)

    func sentence(_ count: Int) -> String {
      switch self {
      case .failures: "\(count) more probes of peers that were up have failed within a second"
      case .turned(let state): "\(count) more peers are turned \(state.rawValue) within a second"
      case .consensus(let state):
        "\(count) more peers are \(state.rawValue.uppercased()) by consensus within a second"
      }
    }
  }

  /// Nil: it is no line of which there may be thousands at once.
  var crowd: (upstream: UpstreamName, crowd: Crowd, reason: String?)? {
    switch self {
    case .probeFailed(let upstream, _, let failure, _): (upstream, .failures, failure.code)
    case .turned(let upstream, _, let state, _): (upstream, .turned(state), nil)
    case .consensus(let upstream, _, let state, _): (upstream, .consensus(state), nil)
    default: nil
    }
  }

  private static func end(inDays days: Int64) -> String {
    switch days {
    case ..<0: "has ended"
    case 0: "ends within a day"
    default: "ends in \(days) day\(days == 1 ? "" : "s")"
    }
  }

  private static func list(_ reasons: [String: Int]) -> String {
    if reasons.isEmpty { return "" }
    let sorted = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return " (" + sorted.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + ")"
  }
}
