import Health

/// Only transitions come by the thousand.
extension LedgerEvent: JsonRecord {
  package func write(to json: inout JsonWriter) {
    json.open()
    json.key("at_ms")
    json.number(atMs)
    switch change {
    case .transition(let transition): write(transition, to: &json)
    case .definition(let digest):
      json.key("digest")
      json.string(digest)
      writeSource("definition", to: &json)
      json.key("v")
      json.number(Self.shape)
    case .resync:
      writeSource("resync", to: &json)
      json.key("v")
      json.number(Self.shape)
    case .override(let peer, let state, let by, let why, let rev):
      json.key("by")
      json.string(by)
      json.key("leader")
      json.string(leader)
      json.key("peer")
      json.string(peer.text)
      json.key("rev")
      json.number(rev)
      json.key("run")
      json.string(run)
      json.key("seq")
      json.number(seq)
      json.key("state")
      json.string(state.rawValue)
      json.key("term")
      json.number(term)
      json.key("type")
      json.string("override")
      json.key("upstream")
      json.string(upstream.text)
      json.key("v")
      json.number(Self.shape)
      json.key("why")
      json.string(why)
    case .panic(let isOn, let count):
      json.key("leader")
      json.string(leader)
      json.key("panic")
      json.bool(isOn)
      json.key("run")
      json.string(run)
      json.key("seq")
      json.number(seq)
      json.key("term")
      json.number(term)
      json.key("total")
      json.number(count.total)
      json.key("type")
      json.string("panic")
      json.key("up")
      json.number(count.up)
      json.key("upstream")
      json.string(upstream.text)
      json.key("v")
      json.number(Self.shape)
    }
    json.close()
  }

  private func writeSource(_ type: String, to json: inout JsonWriter) {
    json.key("leader")
    json.string(leader)
    json.key("run")
    json.string(run)
    json.key("seq")
    json.number(seq)
    json.key("term")
    json.number(term)
    json.key("type")
    json.string(type)
    json.key("upstream")
    json.string(upstream.text)
  }

  private func write(_ transition: Transition, to json: inout JsonWriter) {
    json.key("detail")
    json.string(transition.detail)
    json.key("from")
    json.string(transition.from.rawValue)
    json.key("leader")
    json.string(leader)
    json.key("peer")
    json.string(transition.peer.text)
    json.key("reason")
    json.string(transition.reason)
    json.key("role")
    json.string(transition.role.rawValue)
    json.key("run")
    json.string(run)
    json.key("seq")
    json.number(seq)
    json.key("term")
    json.number(term)
    json.key("to")
    json.string(transition.to.rawValue)
    json.key("type")
    json.string("transition")
    json.key("upstream")
    json.string(upstream.text)
    json.key("v")
    json.number(Self.shape)
    json.key("votes")
    transition.votes.write(to: &json)
  }

  package static func read(from json: inout JsonReader) throws(JsonReader.Unexpected) -> LedgerEvent {
    var texts: (detail: String?, leader: String?, peer: String?, reason: String?, run: String?)
    var states: (from: PeerState?, to: PeerState?)
    var numbers: (atMs: Int64?, seq: UInt64?, term: UInt64?)
    var role: Role?
    var upstream: UpstreamName?
    var votes: Votes?
    var isTransition = false
    try json.object { key, json throws(JsonReader.Unexpected) in
      switch key {
      case "at_ms": numbers.atMs = try json.integer()
      case "detail": texts.detail = try json.string()
      case "from": states.from = try json.value()
      case "leader": texts.leader = try json.string()
      case "peer": texts.peer = try json.string()
      case "reason": texts.reason = try json.string()
      case "role": role = try json.value()
      case "run": texts.run = try json.string()
      case "seq": numbers.seq = try json.integer()
      case "term": numbers.term = try json.integer()
      case "to": states.to = try json.value()
      case "type": isTransition = try json.string() == "transition"
      case "upstream": upstream = UpstreamName(try json.string())
      case "v": let _: UInt8 = try json.integer()
      case "votes": votes = try Votes.read(from: &json)
      default: throw JsonReader.Unexpected()
      }
    }
    guard isTransition else { throw JsonReader.Unexpected() }
    let transition = Transition(
      peer: PeerName(try texts.peer.expected()), role: try role.expected(), from: try states.from.expected(),
      to: try states.to.expected(), reason: try texts.reason.expected(), detail: try texts.detail.expected(),
      votes: try votes.expected())
    return LedgerEvent(
      upstream: try upstream.expected(), seq: try numbers.seq.expected(), term: try numbers.term.expected(),
      run: try texts.run.expected(), leader: try texts.leader.expected(), atMs: try numbers.atMs.expected(),
      change: .transition(transition))
  }
}
