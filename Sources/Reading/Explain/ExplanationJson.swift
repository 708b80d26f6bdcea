import Health
import Ledger

/// What is to be known of one peer, for programs.
///
/// `{"at_ms","upstream","peer":{the peer object},"sentence","override":{the last word} or null,"override_applied",
/// "votes":{now: "up","down","assigned","needed","wanted"},"assigned":[node…] or null,"ballots":[VOTE…],"leader","term",
/// "lease","lease_left_ms","head":{"checked_ms","digest","leader","run","seq","term","whole"},"definition":{…} or null,
/// "drift":[node…],"events":[…],"from"}`; `from` as of `PeerJson`.
///
/// VOTE is a `VoteJson`; `leader`, `term` and `lease` are those of the API's upstream: `leader` is who decides now, null:
/// nobody does; `term` is that leader's, or where there is none the last one's; `lease` is `term:node:run:beat`, and
/// `lease_left_ms` how long it lasts unless it is renewed, null where there is none or it has no end.
package struct ExplanationJson: Encodable, Sendable {
  let reading: PeerReading
  let proberVotes: ProberVotes
  let sentence: String

  /// - Parameters: as of `ExplanationText`.
  package init(_ reading: PeerReading, assignmentRule: AssignmentRule, clock: @escaping LocalClock) {
    self.reading = reading
    proberVotes = ProberVotes(reading, assignmentRule: assignmentRule)
    sentence = StatusExplanation(reading: reading, proberVotes: proberVotes, clock: clock).text
  }

  private enum CodingKeys: String, CodingKey {
    case upstream, peer, sentence, override, votes, assigned, leader, term, lease, head, definition
    case drift, events, from
    case proberVotes = "ballots"
    case atMs = "at_ms"
    case leaseLeftMs = "lease_left_ms"
    case overrideApplied = "override_applied"
  }

  package func encode(to encoder: any Encoder) throws {
    let snapshot = reading.snapshot
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(reading.atMs, forKey: .atMs)
    try values.encode(reading.upstream, forKey: .upstream)
    try values.encode(reading.record, forKey: .peer)
    try values.encode(sentence, forKey: .sentence)
    try values.encode(snapshot.overrides[reading.record.peer], forKey: .override)
    try values.encode(reading.waitingOverride == nil, forKey: .overrideApplied)
    try values.encode(proberVotes.votes, forKey: .votes)
    try values.encode(proberVotes.assigned, forKey: .assigned)
    let checker = snapshot.definition?.checker
    try values.encode(
      proberVotes.list.map { VoteJson(proberVote: $0, aboveMs: checker?.degradedAboveMs) },
      forKey: .proberVotes)
    if checker?.degradedAboveMs != nil {
      let micros = Degradation.slowest(reading.record, proberVotes.list, checker)
      try DegradationJson(micros: micros).encode(to: encoder)
    }
    let lease = reading.lease?.lease
    try values.encode(lease?.holder.node, forKey: .leader)
    try values.encode(lease?.holder.term ?? snapshot.head.term, forKey: .term)
    try values.encode(lease?.text, forKey: .lease)
    try values.encode(reading.lease?.leftMs, forKey: .leaseLeftMs)
    try values.encode(HeadJson(head: snapshot.head), forKey: .head)
    try values.encode(snapshot.definition, forKey: .definition)
    try values.encode(reading.drift, forKey: .drift)
    try values.encode(reading.source, forKey: .from)
    try values.encode(reading.events.map(TimedEvent.init), forKey: .events)
  }
}
