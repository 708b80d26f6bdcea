import Health
import Ledger
import Reading
import Testing

/// When an operator's word is in force.
@Suite struct OverrideWaitTests {
  private let word = Override(state: .drain, by: "anna", why: "w", atMs: 5, rev: 3)

  private func event(by: String = "anna", peer: PeerName = Samples.peer) -> LedgerEvent {
    Samples.event(9, .override(peer, .drain, by: by, why: "w", rev: 3))
  }

  private func snapshot(_ override: Override?) -> LedgerNews {
    var record = Samples.record(.up)
    record.override = override
    return .snapshot(
      Samples.upstream, LedgerSnapshot(head: Head(), definition: nil, records: [record.peer: record]))
  }

  private func revision(_ rev: UInt64) -> Override {
    var other = word
    other.rev = rev
    return other
  }

  @Test func itsOwnEventTellsAndNoOther() {
    let wait = OverrideWait(Samples.peer, word)
    #expect(wait.judge(.event(event())) == .event(event()))
    #expect(wait.judge(.event(event(by: "bob"))) == nil)
    #expect(wait.judge(.event(event(peer: PeerName("x:1")))) == nil)
    #expect(wait.judge(.absent(Samples.upstream)) == nil)
  }

  /// The event may be missed; the record tells by its revision.
  @Test func theRecordTells() {
    let wait = OverrideWait(Samples.peer, word)
    #expect(wait.judge(snapshot(word)) == .found)
    #expect(wait.judge(snapshot(revision(2))) == nil)
    #expect(wait.judge(snapshot(nil)) == nil)
  }

  @Test func takenBackMeansThatNoneIsLeft() {
    var back = word
    back.state = .auto
    let wait = OverrideWait(Samples.peer, back)
    #expect(wait.judge(snapshot(nil)) == .found)
    #expect(wait.judge(snapshot(revision(2))) == nil)
  }
}
