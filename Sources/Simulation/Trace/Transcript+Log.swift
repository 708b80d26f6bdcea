import Cluster
import Health
import Ledger

extension Transcript {
  func logged(_ line: LogLine, _ node: SimulatedNode, at us: Int64) {
    if let phrase = phrase(line) { add(node.name, phrase, at: us) }
    if let text = text(line) { add(node.name, text, at: us) }
  }

  /// For what happens to several at once.
  private func phrase(_ line: LogLine) -> Phrase? {
    switch line {
    case .turned(let upstream, let peer, let state, let count):
      Phrase(
        before: "sees", kind: "peer", things: [name(of: peer)], upstream: of(upstream),
        after: "\(state.rawValue) after \(count) \(Self.noun(state == .down ? "failure" : "success", count))")
    case .joined(let node): Phrase(before: "meets", things: [node])
    case .left(let node), .missing(let node): Phrase(before: "counts without", things: [node])
    case .forgotten(let node): Phrase(before: "forgets", things: [node])
    default: nil
    }
  }

  private func text(_ line: LogLine) -> String? {
    switch line {
    case .turned, .joined, .left, .missing, .forgotten: nil
    // What was decided is told by what the node shows.
    case .consensus, .definition, .panic: nil
    case .probeFailed, .crowd, .certificateEnds: nil
    case .localError(let error, let detail, let times):
      "cannot probe: \(detail) (\(error.code)\(times > 1 ? ", \(times) times" : ""))"
    case .leads(let upstream, let term): "leads\(object(upstream)), \(Self.term(term))"
    case .leadsNoMore(let upstream): "leads\(object(upstream)) no more"
    case .handsOver(let upstream, let node): "hands the lead\(behind(upstream)) over to \(node)"
    case .resync(let upstream, let ledgerSeq, let knownSeq) where ledgerSeq >= knownSeq:
      "finds something\(behind(upstream)) missing in Redis, and writes everything again"
    case .resync(let upstream, let ledgerSeq, let knownSeq):
      "finds Redis at seq \(ledgerSeq)\(behind(upstream)), knows \(knownSeq), and writes everything again"
    case .rebuilt(let upstream, let sources):
      "knows nothing\(behind(upstream)), and rebuilds what was decided from what is left: \(sources.joined(separator: ", "))"
    case .override(let upstream, let peer, let state, let by, _):
      "takes \(by)'s word: peer \(name(of: peer))\(behind(upstream)) \(state.rawValue)"
    case .contactLost(let why, _): "cannot reach Redis: \(why)"
    case .contactBack(let ms): "reaches Redis again, after \(TimeText.write(ms: ms))"
    case .refused(let why): "is refused something: \(why)"
    case .deaf(let why): "does not hear everything: \(why)"
    case .deafNoMore: "hears everything again"
    case .refusedNoMore: "is refused nothing any more"
    case .backsOff(_, let kind, let times, let why):
      "has been refused \(kind.rawValue) \(times) times in a row: \(why)"
    case .backsOffNoMore(_, let kind): "is not refused \(kind.rawValue) any more"
    case .paused(let ms): "stood still for \(TimeText.write(ms: ms)), and discards what it measured meanwhile"
    }
  }

  /// ` of cart`; empty where there is only one upstream.
  private func behind(_ upstream: UpstreamName) -> String {
    let of = self.of(upstream)
    return of.isEmpty ? "" : " \(of)"
  }

  private static func noun(_ noun: String, _ count: Int) -> String {
    if count == 1 { return noun }
    return noun.hasSuffix("s") ? noun + "es" : noun + "s"
  }
}
