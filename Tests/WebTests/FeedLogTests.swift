import Health
import Ledger
import NIOCore
import Synchronization
import Testing

@testable import Web

@Suite("The log of events")
struct FeedLogTests {
  static let foo = Samples.foo.name

  static func event(_ seq: UInt64, term: UInt64 = 1) -> LedgerEvent {
    LedgerEvent(upstream: foo, seq: seq, term: term, run: "r", leader: "a", atMs: 0, change: .resync)
  }

  @Test("What is to be done about where an upstream stands")
  func steps() {
    var log = FeedLog()
    #expect(log.step(Self.foo, to: Head(term: 1, seq: 5)) == .stand)
    log.stand(Self.foo, at: Head(term: 1, seq: 5))
    #expect(log.step(Self.foo, to: Head(term: 1, seq: 5)) == .nothing)
    #expect(log.step(Self.foo, to: Head(term: 1, seq: 7)) == .read(after: 5))
    log.take(Self.event(7))
    log.take(Self.event(6))
    #expect(log.seq(of: Self.foo) == 7 && log.end == 2)
    #expect(log.step(Self.foo, to: Head(term: 1, seq: 6)) == .nothing)
    #expect(log.step(Self.foo, to: Head(term: 2, seq: 6)) == .stand)
    log.keep(only: [])
    #expect(log.step(Self.foo, to: Head(term: 1, seq: 7)) == .stand)
  }

  @Test("It holds what it says it holds, however often it was cut")
  func cut() {
    var log = FeedLog(keeping: 8)
    log.stand(Self.foo, at: Head(term: 1, seq: 0))
    for seq in 1...100 as ClosedRange<UInt64> {
      log.take(Self.event(seq))
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
