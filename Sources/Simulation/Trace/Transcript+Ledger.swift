import Cluster
import Health
import Ledger

extension Transcript {
  func performed(_ performed: Performed, at us: Int64) {
    guard let text = told(performed) else { return }
    add(performed.isPrimary ? "redis" : "old", text, at: us)
  }

  /// What is worth a line; nil: nothing.
  private func told(_ performed: Performed) -> String? {
    let node = Setup.node(performed.node)
    let of = performed.request.upstream.map { self.of($0) } ?? ""
    let lease = of.isEmpty ? "the lease" : "the lease \(of)"
    return switch (performed.request, performed.answer) {
    case (.acquire(let bid), .granted(let granted, _)):
      "\(node) gets \(lease), \(Self.term(granted.holder.term))"
        + (bid.replacing.map { ", instead of \($0.holder.node), who is silent" } ?? "")
    case (.acquire, .held(let held)): "\(node) asks for \(lease), which is \(held.holder.node)'s"
    case (.handOver, .handedOver(let next)): "\(node) hands \(lease) over to \(next.holder.node)"
    case (.handOver, .lost):
      "\(node) hands \(of.isEmpty ? "a lease" : "a lease \(of)") over that it does not hold"
    case (.release, .released): "\(node) gives \(lease) up"
    case (.renew, .lost(let held)):
      "\(node) would renew \(lease), which is \(held.map { "\($0.holder.node)'s" } ?? "nobody's")"
    case (.commit(let commit), .committed(let seq, _)):
      // Evidence alone goes to the hash and is no event.
      told(commit).map { "\(node) commits \(shortID(commit)): \($0); seq \(seq)" }
    case (.commit(let commit), .already): "\(node) commits \(shortID(commit)), which is there already"
    case (.commit(let commit), .outOfStep(let head)):
      head.seq == commit.expectedSeq && head.isWhole
        ? "\(node) is refused \(shortID(commit)): Redis does not hold the commit before it"
        : "\(node) is refused \(shortID(commit)): Redis is at seq \(head.seq), not \(commit.expectedSeq)"
    case (.commit(let commit), .lost(let held)):
      "\(node) is refused \(shortID(commit)): the lease is \(held.map { "\($0.holder.node)'s" } ?? "nobody's")"
    case (.delete(let upstream, _, _), .deleted):
      "\(node) deletes \(of.isEmpty ? "the upstream" : upstream.text)"
    case (.heartbeat, .occupied(let member)):
      toldOfName.insert(performed.run).inserted ? "\(node) finds its name taken, by run \(member.run)" : nil
    default: nil
    }
  }

  /// Its id without the term.
  private func shortID(_ commit: Commit) -> String {
    let id = commit.id.split(separator: ".").dropFirst().joined(separator: ".")
    let of = self.of(commit.upstream)
    return of.isEmpty ? id : "\(id) \(of)"
  }

  /// Peers that turn for the same votes share a sentence. Nil: nothing but evidence.
  private func told(_ commit: Commit) -> String? {
    var phrases: [Phrase] = []
    for change in commit.changes {
      let phrase = phrase(change)
      if let last = phrases.indices.last, !phrase.things.isEmpty, phrases[last].joins(phrase) {
        phrases[last].things += phrase.things
      } else {
        phrases.append(phrase)
      }
    }
    return phrases.isEmpty ? nil : phrases.map(\.text).joined(separator: ", ")
  }

  private func phrase(_ change: LedgerEvent.Change) -> Phrase {
    switch change {
    case .transition(let turn):
      let reason = turn.to == .down ? "\(turn.reason); " : ""
      let votes = "\(turn.votes.down) down, \(turn.votes.up) up of \(turn.votes.assigned)"
      return Phrase(
        kind: "peer", things: [name(of: turn.peer)], after: "\(turn.to.rawValue) (\(reason)\(votes))")
    case .definition(let digest): return Phrase(kind: "settings", things: [name(ofSettings: digest)])
    case .resync: return Phrase(before: "everything again", things: [])
    case .override(let peer, let state, let by, _, _):
      return Phrase(kind: "peer", things: [name(of: peer)], after: "\(state.rawValue), says \(by)")
    case .panic(let isOn, let count):
      return Phrase(
        before: isOn ? "panic (\(count.up) of \(count.total) up)" : "no panic any more", things: [])
    }
  }
}
