import Health
import Ledger

/// What is to be known of one peer, for programs.
///
/// `{"at_ms","upstream","peer":{the peer object},"sentence","override":{the last word} or null,"override_applied",
/// "votes":{now: "up","down","assigned","needed","wanted"},"assigned":[node…] or null,"ballots":[{"node","counts","standing",
/// "report":{…} or null}],"leader":{"node","run","term","beat","left_ms"} or null,"head":{"seq","term","run","leader",
/// "digest","checked_ms","whole"},"definition":{…} or null,"drift":[node…],"events":[…]}`.
package struct ExplanationJson: Encodable, Sendable {
  let reading: PeerReading
  let ballots: Ballots
  let sentence: String

  /// - Parameters: as of `ExplanationText`.
  package init(_ reading: PeerReading, share: ShareRule?, clock: @escaping LocalClock) {
    self.reading = reading
    ballots = Ballots(reading, share: share)
    sentence = Cause(reading: reading, ballots: ballots, clock: clock).text
  }

  private enum CodingKeys: String, CodingKey {
    case upstream, peer, sentence, override, votes, assigned, ballots, leader, head, definition, drift, events
    case atMs = "at_ms"
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
    try values.encode(ballots.votes, forKey: .votes)
    try values.encode(ballots.assigned, forKey: .assigned)
    try values.encode(ballots.list, forKey: .ballots)
    try values.encode(reading.lease, forKey: .leader)
    try values.encode(TellingHead(head: snapshot.head), forKey: .head)
    try values.encode(snapshot.definition, forKey: .definition)
    try values.encode(reading.drift, forKey: .drift)
    try values.encode(reading.events, forKey: .events)
  }
}

extension Ballot: Encodable {
  private enum CodingKeys: String, CodingKey {
    case node, counts, standing, report
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(node, forKey: .node)
    try values.encode(standing == .counts, forKey: .counts)
    try values.encode(standing.word, forKey: .standing)
    try values.encode(report, forKey: .report)
  }
}

extension TimedLease: Encodable {
  private enum CodingKeys: String, CodingKey {
    case node, run, term, beat
    case leftMs = "left_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(lease.holder.node, forKey: .node)
    try values.encode(lease.holder.run, forKey: .run)
    try values.encode(lease.holder.term, forKey: .term)
    try values.encode(lease.beat, forKey: .beat)
    try values.encode(leftMs, forKey: .leftMs)
  }
}

private struct TellingHead: Encodable {
  let head: Head

  private enum CodingKeys: String, CodingKey {
    case seq, term, run, leader, digest, whole
    case checkedMs = "checked_ms"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(head.seq, forKey: .seq)
    try values.encode(head.term, forKey: .term)
    try values.encode(head.run, forKey: .run)
    try values.encode(head.leader, forKey: .leader)
    try values.encode(head.digest, forKey: .digest)
    try values.encode(head.checkedMs, forKey: .checkedMs)
    try values.encode(head.isWhole, forKey: .whole)
  }
}
