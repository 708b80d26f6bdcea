import Health
import Ledger
import NIOCore
import Synchronization
import Testing

@testable import Web

@Suite("The log of events")
struct FeedLogTests {
  static let foo = Samples.foo.name

  static func event(_ seq: UInt64, term: UInt64 = 1, run: String = "r") -> LedgerEvent {
    LedgerEvent(upstream: foo, seq: seq, term: term, run: run, leader: "a", atMs: 0, change: .resync)
  }

  @Test("What is to be done about where an upstream stands")
  func steps() {
    var log = FeedLog()
    #expect(log.step(Self.foo, to: Head(term: 1, run: "r", seq: 5)) == .stand)
    log.stand(Self.foo, at: Head(term: 1, run: "r", seq: 5))
    #expect(log.step(Self.foo, to: Head(term: 1, run: "r", seq: 5)) == .nothing)
    #expect(log.step(Self.foo, to: Head(term: 1, run: "r", seq: 7)) == .read(after: 5))
    log.append(Self.event(7))
    log.append(Self.event(6))
    #expect(log.seq(of: Self.foo) == 7 && log.end == 2)
    #expect(log.step(Self.foo, to: Head(term: 1, run: "r", seq: 6)) == .nothing)
    #expect(log.step(Self.foo, to: Head(term: 2, run: "s", seq: 6)) == .stand)
    log.keep(only: [])
    #expect(log.step(Self.foo, to: Head(term: 1, run: "r", seq: 7)) == .stand)
  }

  struct Stands: Sendable {
    var term: UInt64 = 1
    var run = "r"
    var seq: UInt64
    var step: FeedLog.Step
  }

  static let stands = [
    Stands(seq: 5, step: .nothing), Stands(seq: 7, step: .read(after: 5)), Stands(seq: 4, step: .nothing),
    Stands(term: 2, run: "s", seq: 5, step: .nothing),
    Stands(term: 2, run: "s", seq: 7, step: .read(after: 5)),
    Stands(term: 2, run: "s", seq: 4, step: .stand),
    // The same term, and another run: what was told is not what it goes on from.
    Stands(run: "s", seq: 7, step: .stand), Stands(run: "s", seq: 5, step: .stand),
    Stands(run: "s", seq: 4, step: .stand),
  ]

  @Test("Where an upstream stands is compared by term and run", arguments: stands)
  func runsAreCompared(_ stands: Stands) {
    var log = FeedLog()
    log.stand(Self.foo, at: Head(term: 1, run: "r", seq: 5))
    #expect(log.step(Self.foo, to: Head(term: stands.term, run: stands.run, seq: stands.seq)) == stands.step)
  }

  @Test("An event of the same term and another run is not the next one")
  func anotherBranch() {
    var log = FeedLog()
    log.stand(Self.foo, at: Head(term: 1, run: "r", seq: 5))
    log.append(Self.event(6))
    log.append(Self.event(7, run: "s"))
    log.append(Self.event(8, run: "s"))
    log.append(Self.event(9, term: 2, run: "t"))
    let entries = log.entries(from: 0, limit: 10) ?? []
    #expect(entries.map(\.seq) == [5, 6, 6, 7, 8, 9])
    #expect(entries.map { $0.kind == .standing } == [true, false, true, false, false, false])
    #expect(!log.holds(Self.foo, after: 5) && log.holds(Self.foo, after: 6))
  }

  @Test("It holds what it says it holds, however often it was cut")
  func cut() {
    var log = FeedLog(keeping: 8)
    log.stand(Self.foo, at: Head(term: 1, run: "r", seq: 0))
    for seq in 1...100 as ClosedRange<UInt64> {
      log.append(Self.event(seq))
      #expect(log.end - log.start <= 10)
      let held = log.entries(from: log.start, limit: 100)?.filter { $0.kind == .event }.map(\.seq) ?? []
      for after in 0...seq {
        #expect(log.holds(Self.foo, after: after) == (held.first.map { after + 1 >= $0 } ?? false))
      }
    }
    #expect(log.entries(from: log.start - 1, limit: 1) == nil)
    #expect(log.entries(from: log.end, limit: 1)?.isEmpty == true)
    #expect(log.entries(from: log.end + 1, limit: 1) == nil)
  }
}
