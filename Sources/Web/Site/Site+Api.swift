import Health
import Ledger
import Reading

extension Site {
  /// The most events in one answer, and how many there are when nobody says.
  static let mostEvents = 1000
  static let usualEvents = 100

  func view(_ name: String) throws(HTTPError) -> UpstreamView {
    let state = board.current
    if let known = UpstreamName(shown: name), let view = state[known] { return view }
    if let known = UpstreamName(shown: name), state.order.contains(known) {
      throw HTTPError(503, "Nothing has been decided of \(name) yet; /readyz tells when it has.")
    }
    throw .unknown("upstream", name, among: state.order.map(\.text))
  }

  /// 200 when the peer is up and 503 when it is down, so that a load balancer need not read the body.
  func peer(_ name: String, of view: UpstreamView) throws(HTTPError) -> WebAnswer {
    guard let index = peers.find(PeerName(name), in: view) else {
      // As a lazy collection: naming ten must not cost a walk over 10,000.
      throw .unknown("peer of \(view.name)", name, among: view.peers.lazy.map(\.record.peer.text))
    }
    let state = board.current
    let status = view.peers[index].record.status
    let peer = PeerJson(view, index: index, state, of: identity.node)
    return WebAnswer(status == .up ? 200 : 503, .json, peer.bytes)
  }

  func upstream(_ view: UpstreamView) -> WebAnswer {
    let state = board.current
    let fragment = fragments.fragment(view, in: state, of: identity.node)
    return WebAnswer(
      200, .json, StatusJson.render(fragment, lease: view.lease, stale: state.isStale(view)))
  }

  /// The stream of events; without a place in it for HEAD, which gets the headers alone.
  func eventStream(_ values: [String: String], _ request: WebRequest) throws(HTTPError) -> WebAnswer {
    let scope = try scope(values, lastEventID: request.lastEventID)
    if request.method == .head { return WebAnswer(nil) }
    guard let seat = feed.join() else { throw .fullHouse(feed.mostReaders) }
    return WebAnswer(
      EventStream(feed: feed, seat: seat, scope: scope) { [access] in access.permits(request.reader) })
  }

  private func scope(
    _ values: [String: String], lastEventID: String?
  ) throws(HTTPError) -> EventStream.Scope {
    guard let name = values["upstream"] else {
      guard values["after"] == nil else {
        throw HTTPError(400, "Numbers are of one upstream each: after needs upstream beside it.")
      }
      return .all(after: lastEventID)
    }
    let view = try view(name)
    if let last = lastEventID.flatMap({ UInt64($0) }) { return .one(view.name, after: last) }
    guard values["after"] != nil else { return .one(view.name, after: nil) }
    return .one(view.name, after: try Self.number("after", in: values, 0...UInt64.max, otherwise: 0))
  }

  func events(of view: UpstreamView, _ values: [String: String]) async throws -> WebAnswer {
    let after = try Self.number("after", in: values, 0...UInt64.max, otherwise: 0)
    let limit = try Self.number(
      "limit", in: values, 1...UInt64(Self.mostEvents), otherwise: UInt64(Self.usualEvents))
    let found: FoundEvents
    do {
      found = try await find(after, Int(limit), view)
    } catch .unreachable(let reason), .outcomeUnknown(let reason) {
      throw HTTPError(
        503, "The ledger does not answer (\(reason.sentence)); the status is still served from memory.")
    }
    switch found {
    case .events(let events):
      return WebAnswer(
        200, .json, Array(JsonText.encode(TimedEvents(events: events)).utf8))
    case .beyond(let last):
      throw HTTPError(
        409, "There is no event \(after) of \(view.name) yet: the last one is \(last). Go on after \(last).",
        last: last)
    }
  }

  private enum FoundEvents {
    case events([LedgerEvent])
    /// The number asked for is above the last one, and would be answered with nothing for ever: it was mistyped, or
    /// the upstream was deleted and made again.
    case beyond(last: UInt64)
  }

  private func find(
    _ after: UInt64, _ limit: Int, _ view: UpstreamView
  ) async throws(LedgerError) -> FoundEvents {
    let known = view.head?.seq ?? 0
    if after > known, let last = try await lastBelow(after, view.name) { return .beyond(last: last) }
    let events = try await store.events(of: view.name, after: after, limit: limit)
    // Nothing where this node knows of something: the ledger may have lost it.
    if events.isEmpty, after < known, let last = try await lastBelow(after, view.name) {
      return .beyond(last: last)
    }
    return .events(events)
  }

  /// The upstream's last number where it is below `after`. The ledger is asked: this node may be behind, or ahead.
  private func lastBelow(_ after: UInt64, _ name: UpstreamName) async throws(LedgerError) -> UInt64? {
    let last = try await store.head(of: name)?.seq ?? 0
    return last < after ? last : nil
  }

  private static func number(
    _ name: String, in values: [String: String], _ range: ClosedRange<UInt64>, otherwise: UInt64
  ) throws(HTTPError) -> UInt64 {
    guard let text = values[name] else { return otherwise }
    guard let number = UInt64(text), range.contains(number) else {
      let most = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
      throw HTTPError(400, "\(name) is a whole number, \(range.lowerBound)\(most); not \(text.prefix(40)).")
    }
    return number
  }

  /// Ready once every upstream has been decided. A node that holds a stale consensus stays ready: taking it out
  /// would take the last known status from its readers.
  func readiness() -> WebAnswer {
    let state = board.current
    let asOf = state.asOfMs
    var page = PageBytes(reserving: 100)
    page.raw("{\"age_ms\":\(asOf == 0 ? "null" : String(max(0, now() - asOf)))")
    page.raw(",\"contact\":\(state.cluster.map { "\"\($0.contact.rawValue)\"" } ?? "null")")
    page.raw(",\"ready\":\(state.hasBeenComplete),\"stale\":\(state.stale)")
    page.raw(",\"trouble\":\(JsonText.encode(TroubleJson.list(state)))}\n")
    return WebAnswer(state.hasBeenComplete ? 200 : 503, .json, page.bytes)
  }
}
