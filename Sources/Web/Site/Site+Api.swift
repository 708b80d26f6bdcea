import Health
import Ledger

extension Site {
  /// The most events in one answer, and how many there are when nobody says.
  static let mostEvents = 1000
  static let usualEvents = 100

  func view(_ name: String) throws(Refusal) -> UpstreamView {
    let state = board.current
    if let known = UpstreamName(name), let view = state[known] { return view }
    if let known = UpstreamName(name), state.order.contains(known) {
      throw Refusal(503, "Nothing has been decided of \(name) yet; /readyz tells when it has.")
    }
    throw .unknown("upstream", name, among: state.order.map(\.text))
  }

  /// 200 when the peer is up and 503 when it is down, so that a load balancer need not read the body.
  func peer(_ name: String, of view: UpstreamView) throws(Refusal) -> WebAnswer {
    guard let record = peers.find(PeerName(name), in: view) else {
      // As a lazy collection: naming ten must not cost a walk over 10,000.
      throw .unknown("peer of \(view.name)", name, among: view.peers.lazy.map(\.record.peer.text))
    }
    return WebAnswer(record.status == .up ? 200 : 503, .json, StatusJson.render(record))
  }

  func events(of view: UpstreamView, _ values: [String: String]) async throws -> WebAnswer {
    let after = try Self.number("after", in: values, 0...UInt64.max, otherwise: 0)
    let limit = try Self.number(
      "limit", in: values, 1...UInt64(Self.mostEvents), otherwise: UInt64(Self.usualEvents))
    do {
      let events = try await store.events(of: view.name, after: after, limit: Int(limit))
      return WebAnswer(
        200, .json, Array(JsonText.encode(TimedEvents(events: events.map(TimedEvent.init))).utf8))
    } catch .unreachable(let reason), .outcomeUnknown(let reason) {
      throw Refusal(503, "The ledger does not answer (\(reason)); the status is still served from memory.")
    }
  }

  private static func number(
    _ name: String, in values: [String: String], _ range: ClosedRange<UInt64>, otherwise: UInt64
  ) throws(Refusal) -> UInt64 {
    guard let text = values[name] else { return otherwise }
    guard let number = UInt64(text), range.contains(number) else {
      let most = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
      throw Refusal(400, "\(name) is a whole number, \(range.lowerBound)\(most); not \(text.prefix(40)).")
    }
    return number
  }

  /// Ready once every upstream has been decided. A node that holds a stale consensus stays ready: taking it out
  /// would take the last known status from its readers.
  func readiness() -> WebAnswer {
    let state = board.current
    let checked = state.checkedMs
    var page = PageBytes(reserving: 100)
    page.raw("{\"age_ms\":\(checked == 0 ? "null" : String(max(0, now() - checked)))")
    page.raw(",\"ready\":\(state.isComplete),\"stale\":\(state.stale)}\n")
    return WebAnswer(state.isComplete ? 200 : 503, .json, page.bytes)
  }
}
