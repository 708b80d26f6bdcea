import Health
import Ledger
import Testing

@testable import Web

@Suite("Streams of events over two branches", .timeLimit(.minutes(5)))
struct EventBranchTests {
  @Test("Another run of the same term: readers are told from where on its events follow, whoever reads them")
  func anotherRun() async throws {
    let events = (1...3).map { FeedLogTests.event($0) } + (4...6).map { FeedLogTests.event($0, run: "s") }
    // From the log of the node, and where that does not reach back far enough, from the ledger.
    for isBehind in [false, true] {
      try await EventStreamTests.withFeed(keeping: isBehind ? 1 : FeedLog.kept) { feed, ledger, _, board in
        let show: @Sendable (UInt64, String) -> Void = { seq, run in
          var view = Samples.foo
          view.head = Head(term: 1, run: run, leader: "a", seq: seq, checkedMs: 1)
          board.apply(.upstream(view))
        }
        ledger.tell(Array(events.prefix(3)))
        show(3, "r")
        try await EventStreamTests.reach(3, feed)
        try await EventStreamTests.reading(feed, .one(FeedLogTests.foo, after: 2)) { reading in
          #expect(await reading.next()?.id == "3")
          ledger.tell(events)
          // The board has not met the other run yet, or it has.
          show(6, isBehind ? "r" : "s")
          let standing = await reading.next()
          #expect(standing?.type == "standing" && standing?.id == (isBehind ? "3" : "6"))
          if isBehind { #expect(await reading.next(3).map(\.id) == ["4", "5", "6"]) }
        }
      }
    }
  }
}
