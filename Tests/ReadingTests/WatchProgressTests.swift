import Health
import Ledger
import Reading
import Testing

/// Each event is told once, whatever the ledger goes through.
@Suite struct WatchProgressTests {
  private let upstream = Samples.upstream

  private func head(_ seq: UInt64, term: UInt64 = 1) -> Head {
    Head(term: term, run: "r", leader: "a", seq: seq)
  }

  /// A reference, because `#expect` takes no mutating calls.
  private final class Watch {
    private var progress: WatchProgress

    init(old: Set<UpstreamName>) { progress = WatchProgress(old: old) }

    func begin(_ upstream: UpstreamName, after seq: UInt64) { progress.begin(upstream, after: seq) }
    func accept(_ event: LedgerEvent) -> Bool { progress.accept(event) }
    func miss(_ upstream: UpstreamName) { progress.miss(upstream) }
    func gap(_ upstream: UpstreamName, _ head: Head) -> UInt64? { progress.gap(upstream, head) }
    func fill(_ upstream: UpstreamName, _ head: Head, _ events: [LedgerEvent]) -> WatchProgress.Fill {
      progress.fill(upstream, head, events)
    }
  }

  private func watching(at seq: UInt64) -> Watch {
    let progress = Watch(old: [upstream])
    #expect(progress.gap(upstream, head(seq)) == nil)
    return progress
  }

  private func numbers(_ fill: WatchProgress.Fill) -> [UInt64] { fill.events.map(\.seq) }

  @Test func ofAnOldUpstreamOnlyWhatIsNewIsTold() {
    let progress = watching(at: 7)
    #expect(!progress.accept(Samples.event(7)))
    #expect(progress.accept(Samples.event(8)))
    #expect(!progress.accept(Samples.event(8)))
  }

  @Test func ofANewUpstreamEverythingIsTold() {
    let progress = Watch(old: [])
    #expect(progress.gap(upstream, head(2)) == 0)
    let fill = progress.fill(upstream, head(2), [Samples.event(1), Samples.event(2)])
    #expect(numbers(fill) == [1, 2] && fill.lost == nil)
    #expect(!progress.accept(Samples.event(2)))
  }

  @Test func whatWasMissedIsFilledOnce() {
    let progress = watching(at: 3)
    #expect(progress.accept(Samples.event(4)))
    #expect(progress.gap(upstream, head(6)) == 4)
    let fill = progress.fill(upstream, head(6), [5, 6].map { Samples.event($0) })
    #expect(numbers(fill) == [5, 6] && fill.lost == nil)
    // The follower tells them too.
    #expect(!progress.accept(Samples.event(5)) && !progress.accept(Samples.event(6)))
    #expect(progress.gap(upstream, head(6)) == nil)
  }

  @Test func whatTheLedgerNoLongerHasIsSaid() {
    let progress = Watch(old: [upstream])
    progress.begin(upstream, after: 5)
    #expect(progress.gap(upstream, head(20)) == 5)
    let fill = progress.fill(upstream, head(20), (11...20).map { Samples.event($0) })
    #expect(numbers(fill) == Array(11...20) && fill.lost == 6...10)
  }

  @Test func aStreamThatIsGoneIsSaid() {
    let progress = watching(at: 5)
    _ = progress.gap(upstream, head(9))
    #expect(progress.fill(upstream, head(9), []).lost == 6...9)
    #expect(progress.accept(Samples.event(10)))
  }

  @Test func aWatchAfterANumberThatIsNotThereYetGoesOnFromTheHead() {
    let progress = Watch(old: [upstream])
    progress.begin(upstream, after: 500)
    #expect(progress.gap(upstream, head(20)) == nil)
    #expect(progress.accept(Samples.event(21)))
  }

  /// Redis was flushed: the resync's number is above all that was given out, and others before it never were.
  @Test func theResyncAfterAFlushIsTold() {
    let progress = watching(at: 120)
    progress.miss(upstream)
    #expect(progress.gap(upstream, head(121, term: 2)) == 0)
    let fill = progress.fill(upstream, head(121, term: 2), [Samples.event(121, term: 2, .resync)])
    #expect(numbers(fill) == [121] && fill.lost == nil)
    #expect(progress.accept(Samples.event(122, term: 2)))
  }

  @Test func aJumpBeforeAResyncIsNoLoss() {
    let progress = watching(at: 120)
    _ = progress.gap(upstream, head(131, term: 2))
    #expect(progress.fill(upstream, head(131, term: 2), [Samples.event(131, term: 2, .resync)]).lost == nil)
  }

  /// Everything was lost, the leaders' memory too: the numbers begin anew, under a higher term.
  @Test func numbersThatBeginAnewAreTold() {
    let progress = watching(at: 120)
    #expect(progress.gap(upstream, head(2, term: 9)) == 0)
    let fill = progress.fill(
      upstream, head(2, term: 9), [Samples.event(1, term: 9), Samples.event(2, term: 9)])
    #expect(numbers(fill) == [1, 2] && fill.lost == nil)
    #expect(progress.accept(Samples.event(3, term: 9)))
  }

  /// A replica that was behind took over: what it lost is given out again, and only that is told.
  @Test func aNumberThatIsGivenOutTwiceIsToldTwice() {
    let progress = watching(at: 118)
    for seq in [119, 120] as [UInt64] { #expect(progress.accept(Samples.event(seq))) }
    #expect(progress.gap(upstream, head(118)) == nil)
    #expect(progress.accept(Samples.event(119, term: 3)))
    #expect(!progress.accept(Samples.event(119, term: 3)))
  }

  @Test func anUpstreamMadeAgainIsToldFromItsBeginning() {
    let progress = watching(at: 3)
    progress.miss(upstream)
    #expect(progress.gap(upstream, head(500, term: 2)) == 0)
    let fill = progress.fill(upstream, head(500, term: 2), (1...500).map { Samples.event($0, term: 2) })
    #expect(fill.events.count == 500)
  }

  /// Redis has given a term twice: what the other run wrote under it is told, from the number on where its events begin.
  @Test(arguments: [3, 5, 6, 9] as [UInt64]) func eventsOfAnotherRunOfTheTermAreOthers(stands: UInt64) {
    let progress = watching(at: 5)
    let other = Head(term: 1, run: "s", leader: "b", seq: stands)
    #expect(progress.gap(upstream, other) == 0)
    let stream =
      [1, 2].map { Samples.event($0, term: 0) } + (3...stands).map { Samples.event($0, run: "s") }
    let fill = progress.fill(upstream, other, stream)
    #expect(numbers(fill) == Array(3...stands) && fill.lost == nil)
    #expect(!progress.accept(Samples.event(stands, run: "s")))
    #expect(progress.accept(Samples.event(stands + 1, run: "s")))
  }

  @Test func anEventOfAnotherRunIsToldThoughItsNumberWas() {
    let progress = watching(at: 5)
    #expect(!progress.accept(Samples.event(5)))
    #expect(progress.accept(Samples.event(5, run: "s")))
  }
}
