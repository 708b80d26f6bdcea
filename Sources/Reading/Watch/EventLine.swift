import Health
package import Ledger

/// An event as one line for people.
package struct EventLine: Sendable {
  let clock: LocalClock
  let paint: Paint

  package init(clock: @escaping LocalClock, paint: Paint) {
    self.clock = clock
    self.paint = paint
  }

  /// `2026-11-23T03:12:07.123+01:00 foo.com #121 127.0.0.1:80 is DOWN (L4CON, 2 of 3 votes): why`
  package func text(_ event: LedgerEvent) -> String {
    let peer = event.change.peer.map { Plain.text($0.text) + " is " } ?? ""
    return "\(clock(event.atMs).rfc3339) \(event.upstream) #\(event.seq) \(peer)\(told(event))"
  }

  /// Without the time and the peer.
  func told(_ event: LedgerEvent) -> String {
    switch event.change {
    case .transition(let transition): told(transition)
    case .definition(let digest): "the definition \(Plain.text(digest)) is in force"
    case .resync: paint("resync", .doubtful) + ": all was written again, after Redis had lost something"
    case .override(_, let state, let by, let why, _): told(state, by, why)
    case .panic(true, let count):
      paint("panic", .bad) + ": \(Words.up(count)); who heeds it uses all of them"
    case .panic(false, let count): paint("no panic", .good) + " any more: \(Words.up(count))"
    }
  }

  private func told(_ transition: Transition) -> String {
    let votes = transition.votes
    let word = paint(transition.to.word, transition.to.colour)
    let count =
      "\(transition.to == .down ? votes.down : votes.up) of \(Words.count(Int(votes.assigned), "vote"))"
    let codes = [transition.reason, count].filter { !$0.isEmpty }.map(Plain.text).joined(separator: ", ")
    let why = transition.detail.isEmpty ? "" : ": " + Self.short(transition)
    return "\(word) (\(codes))\(why)"
  }

  /// The detail without the peer, which the line has already: `failed to connect: connection refused`.
  private static func short(_ transition: Transition) -> String {
    for word in [" to ", " from "] {
      let parts = transition.detail.split(separator: word + transition.peer.text + ":", maxSplits: 1)
      if parts.count == 2 { return Plain.text(parts.joined(separator: ":")) }
    }
    return Plain.text(transition.detail)
  }

  private func told(_ state: Override.State, _ by: String, _ why: String) -> String {
    let said = "\(paint(state.deed, state.colour)) by \(Plain.text(by))"
    return said + (why.isEmpty ? "" : ": " + Plain.quoted(why))
  }
}

extension PeerState {
  /// As lua-resty's pages write it.
  var word: String { self == .up ? "UP" : "DOWN" }
  var colour: Paint.Colour { self == .up ? .good : .bad }
}

extension Override.State {
  /// What somebody has done with a peer.
  package var deed: String {
    switch self {
    case .up: "kept UP"
    case .down: "kept DOWN"
    case .drain: "drained"
    case .auto: "left to the votes again"
    }
  }

  var colour: Paint.Colour {
    switch self {
    case .up, .auto: .good
    case .down: .bad
    case .drain: .doubtful
    }
  }
}
