import Addresses
import Health
import Ledger
import NIOCore
import Synchronization
import Testing

@testable import Web

@Suite("Streams of events", .timeLimit(.minutes(5)))
struct EventStreamTests {
  /// One server-sent event.
  struct Message: Hashable, Sendable {
    var id = ""
    var type = ""
    var data = ""

    /// The number in an id.
    var seq: Int { Int(id) ?? -1 }
  }

  /// What one reader gets, message by message.
  struct Reading {
    private var parts: AsyncStream<ByteBuffer>.AsyncIterator
    private var ready: [Message] = []

    init(_ parts: AsyncStream<ByteBuffer>) {
      self.parts = parts.makeAsyncIterator()
    }

    /// The next message; nil: the stream has ended.
    mutating func next() async -> Message? {
      while ready.isEmpty {
        guard let part = await parts.next() else { return nil }
        ready += Self.messages(String(buffer: part))
      }
      return ready.removeFirst()
    }

    mutating func next(_ count: Int) async -> [Message] {
      var messages: [Message] = []
      while messages.count < count, let message = await next() { messages.append(message) }
      return messages
    }

    static func messages(_ text: String) -> [Message] {
      text.split(separator: "\n\n").compactMap { block in
        var message = Message()
        for line in block.split(separator: "\n") {
          if line.hasPrefix("id: ") { message.id = String(line.dropFirst(4)) }
          if line.hasPrefix("event: ") { message.type = String(line.dropFirst(7)) }
          if line.hasPrefix("data: ") { message.data = String(line.dropFirst(6)) }
        }
        // Tried on its own.
        return message.type.isEmpty || message.type == "stale" ? nil : message
      }
    }
  }

  /// A feed that follows a board for as long as `body` runs.
  static func withFeed(
    keeping kept: Int = FeedLog.kept,
    _ body: @escaping @Sendable (EventFeed, WatchedLedger, EventPen, Board) async throws -> Void
  ) async throws {
    let wall = Mutex(TestSite.nowMs)
    let memory = InProcessLedger {
      LedgerTime(
        wallMs: wall.withLock { wall in
          wall += 1
          return wall
        }, steadyMs: 0)
    }
    let ledger = WatchedLedger(memory)
    let board = Board()
    board.apply(.order([Samples.foo.name]))
    let feed = EventFeed(board: board, store: ledger, keeping: kept)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await feed.follow() }
      try await body(feed, ledger, EventPen(memory), board)
      group.cancelAll()
    }
  }

  /// Reads a stream for as long as `body` runs.
  static func reading(
    _ feed: EventFeed, _ scope: EventStream.Scope, isPermitted: @escaping @Sendable () -> Bool = { true },
    _ body: @escaping @Sendable (inout Reading) async throws -> Void
  ) async throws {
    let seat = try #require(feed.join())
    let stream = EventStream(feed: feed, seat: seat, scope: scope, isPermitted: isPermitted)
    let (parts, put) = AsyncStream.makeStream(of: ByteBuffer.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await stream.run { put.yield($0) }
        put.finish()
      }
      var reading = Reading(parts)
      try await body(&reading)
      group.cancelAll()
    }
  }

  static let foo = Samples.foo.name

  /// Waits until the feed has read so far.
  static func reach(_ seq: Int, _ feed: EventFeed) async throws {
    try await reading(feed, .one(foo, after: 0)) { reading in
      while let message = await reading.next(), message.seq < seq {}
    }
  }

  @Test("Of one upstream: everything after a number, then what comes, without a gap")
  func one() async throws {
    try await Self.withFeed { feed, _, pen, board in
      try await pen.write(3, on: board)
      try await Self.reach(3, feed)
      try await Self.reading(feed, .one(Self.foo, after: 1)) { reading in
        #expect(await reading.next(2).map(\.id) == ["2", "3"])
        try await pen.write(2, on: board)
        let messages = await reading.next(2)
        #expect(messages.map(\.id) == ["4", "5"])
        #expect(messages.map(\.type) == ["transition", "transition"])
        #expect(messages[0].data.contains(#""at":""#) && messages[0].data.contains(#""seq":4"#))
      }
    }
  }

  @Test("While nobody has followed, no event is read; the first who does misses none")
  func nobody() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      for (count, seq) in [(1, 1), (2, 3)] as [(Int, UInt64)] {
        try await pen.write(count, on: board)
        while feed.withLog({ $0.seq(of: Self.foo) }) != seq { await Task.yield() }
      }
      #expect(ledger.asked == 0)
      try await Self.reading(feed, .one(Self.foo, after: 1)) { reading in
        #expect(await reading.next(2).map(\.id) == ["2", "3"])
        try await pen.write(2, on: board)
        #expect(await reading.next(2).map(\.id) == ["4", "5"])
      }
      #expect(ledger.asked > 0)
    }
  }

  @Test("From now on begins with where the upstream stands; a number above that is not believed")
  func fromNow() async throws {
    try await Self.withFeed { feed, _, pen, board in
      try await pen.write(3, on: board)
      try await Self.reach(3, feed)
      for (after, beyond) in [(nil, ""), (99, #""beyond":99,"#)] as [(UInt64?, String)] {
        try await Self.reading(feed, .one(Self.foo, after: after)) { reading in
          #expect(
            await reading.next()
              == Message(id: "3", type: "standing", data: "{\(beyond)\"seqs\":{\"foo.com\":3}}"))
        }
      }
      try await Self.reading(feed, .one(Self.foo, after: 3)) { reading in
        try await pen.write(on: board)
        #expect(await reading.next()?.id == "4")
      }
    }
  }

  @Test("The id goes on at another node")
  func anotherNode() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      try await pen.write(2, on: board)
      try await Self.reach(2, feed)
      let otherBoard = Board()
      otherBoard.apply(.order([Self.foo]))
      let other = EventFeed(board: otherBoard, store: ledger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.follow() }
        try await pen.write(3, on: board, otherBoard)
        try await Self.reading(other, .one(Self.foo, after: 2)) { reading in
          #expect(await reading.next(3).map(\.id) == ["3", "4", "5"])
        }
        group.cancelAll()
      }
    }
  }

  @Test("A node that is behind tells nothing twice")
  func behind() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      try await pen.write(3, on: board)
      let behind = board.current.upstreams[0]
      try await pen.write(2, on: board)
      try await Self.reach(5, feed)
      let otherBoard = Board()
      otherBoard.apply(.order([Self.foo]))
      let other = EventFeed(board: otherBoard, store: ledger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.follow() }
        try await Self.reading(other, .one(Self.foo, after: 1)) { reading in
          #expect(await reading.next(4).map(\.id) == ["2", "3", "4", "5"])
          try await Self.reading(other, .all(after: nil)) { watcher in
            _ = await watcher.next()
            otherBoard.apply(.upstream(behind))
            #expect(await watcher.next()?.type == "standing")
          }
          try await pen.write(on: board, otherBoard)
          let next = await reading.next(1).map(\.id)
          #expect(next == ["6"])
        }
        group.cancelAll()
      }
    }
  }

  @Test("Of all upstreams: where they stand, then what comes; an id goes on here and begins anew elsewhere")
  func all() async throws {
    try await Self.withFeed { feed, _, pen, board in
      try await pen.write(3, on: board)
      try await Self.reach(3, feed)
      let ids = Mutex<[String]>([])
      try await Self.reading(feed, .all(after: nil)) { reading in
        let standing = try #require(await reading.next())
        #expect(standing.type == "standing" && standing.data == #"{"seqs":{"foo.com":3}}"#)
        try await pen.write(2, on: board)
        let messages = await reading.next(2)
        #expect(messages.allSatisfy { $0.type == "transition" })
        ids.withLock { $0 = messages.map(\.id) }
      }
      try await pen.write(on: board)
      let known = ids.withLock { $0 }
      try await Self.reading(feed, .all(after: known[0])) { reading in
        let messages = await reading.next(2)
        #expect(messages.map { $0.data.contains(#""seq":5"#) } == [true, false])
        #expect(messages[0].id == known[1])
      }
      for strange in ["", "x", "3", "\(feed.run)-999", "other-1", "\(feed.run)-"] {
        try await Self.reading(feed, .all(after: strange)) { reading in
          #expect(await reading.next()?.type == "standing", "\(strange)")
        }
      }
    }
  }

  @Test("However many read, the ledger is asked once")
  func onceForAll() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      try await pen.write(on: board)
      try await Self.reach(1, feed)
      let before = ledger.asked
      let (ready, tell) = AsyncStream.makeStream(of: Void.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask {
            try await Self.reading(feed, .one(Self.foo, after: nil)) { reading in
              _ = await reading.next()
              tell.yield()
              #expect(await reading.next(2).map(\.id) == ["2", "3"])
            }
          }
        }
        var waiting = ready.makeAsyncIterator()
        for _ in 0..<50 { await waiting.next() }
        try await pen.write(2, on: board)
        try await group.waitForAll()
      }
      #expect(ledger.asked == before + 1)
    }
  }

  @Test("A reader that is too slow holds nothing, and goes on without a gap from the ledger")
  func slow() async throws {
    try await Self.withFeed(keeping: 8) { feed, _, pen, board in
      try await pen.write(on: board)
      try await Self.reach(1, feed)
      try await Self.reading(feed, .one(Self.foo, after: 1)) { patient in
        let seat = try #require(feed.join())
        let slow = EventStream(feed: feed, seat: seat, scope: .one(Self.foo, after: 1)) { true }
        let (open, unblock) = AsyncStream.makeStream(of: Void.self)
        let (parts, put) = AsyncStream.makeStream(of: ByteBuffer.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            var gate = open.makeAsyncIterator()
            try await slow.run {
              if $0.readableBytes > 20 { await gate.next() }
              put.yield($0)
            }
          }
          for count in 1...40 {
            try await pen.write(on: board)
            #expect(await patient.next()?.seq == count + 1)
          }
          #expect(feed.withLog { $0.end - $0.start } <= 10)
          for _ in 0..<50 { unblock.yield() }
          var reading = Reading(parts)
          #expect(await reading.next(40).map(\.seq) == Array(2...41))
          group.cancelAll()
        }
      }
    }
  }

  @Test("A slow reader of all upstreams is told where they stand by now")
  func slowOfAll() async throws {
    try await Self.withFeed(keeping: 8) { feed, _, pen, board in
      try await pen.write(on: board)
      try await Self.reach(1, feed)
      try await Self.reading(feed, .one(Self.foo, after: 1)) { patient in
        var cursor = EventCursor(feed: feed, seat: try #require(feed.join()), scope: .all(after: nil))
        _ = await cursor.next()
        for count in 2...40 {
          try await pen.write(on: board)
          #expect(await patient.next()?.seq == count)
        }
        let text = try #require(await cursor.next().map { String(decoding: $0, as: UTF8.self) })
        #expect(text.contains("event: standing") && text.contains(#"{"foo.com":40}"#))
        #expect(await cursor.next() == nil)
      }
    }
  }

  @Test("While the ledger is away the stream stays open, and goes on afterwards")
  func away() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      try await pen.write(on: board)
      try await Self.reach(1, feed)
      try await Self.reading(feed, .one(Self.foo, after: 1)) { reading in
        ledger.set(isAway: true)
        try await pen.write(on: board)
        board.apply(.stale(true))
        ledger.set(isAway: false)
        board.apply(.stale(false))
        try await pen.write(2, on: board)
        #expect(await reading.next(3).map(\.id) == ["2", "3", "4"])
      }
    }
  }

  @Test("Who wants more than the log has while the ledger is away gets it afterwards")
  func pastAway() async throws {
    try await Self.withFeed { feed, ledger, pen, board in
      try await pen.write(3)
      try await pen.write(on: board)
      try await Self.reach(4, feed)
      ledger.set(isAway: true)
      board.apply(.stale(true))
      var cursor = EventCursor(
        feed: feed, seat: try #require(feed.join()), scope: .one(Self.foo, after: 1))
      while let told = await cursor.next() { #expect(told.starts(with: "event: stale".utf8)) }
      try await Self.reading(feed, .one(Self.foo, after: 1)) { reading in
        ledger.set(isAway: false)
        board.apply(.stale(false))
        #expect(await reading.next(3).map(\.id) == ["2", "3", "4"])
      }
    }
  }

  @Test("An upstream that was deleted and made again begins anew")
  func deleted() async throws {
    try await Self.withFeed { feed, _, pen, board in
      try await pen.write(5, on: board)
      try await Self.reach(5, feed)
      try await Self.reading(feed, .one(Self.foo, after: 5)) { reading in
        try await pen.delete(on: board)
        board.apply(.order([Self.foo]))
        try await pen.write(on: board)
        #expect(await reading.next()?.type == "standing")
        try await pen.write(on: board)
        #expect(await reading.next()?.id == "2")
      }
    }
  }

  @Test("Who may read no more is sent away")
  func forbidden() async throws {
    try await Self.withFeed { feed, _, pen, board in
      try await pen.write(on: board)
      try await Self.reach(1, feed)
      let access = WebAccess(allow: [.all])
      let isPermitted: @Sendable () -> Bool = { access.permits(.address("127.0.0.1")) }
      try await Self.reading(feed, .all(after: nil), isPermitted: isPermitted) { reading in
        _ = await reading.next()
        access.replace(allow: [])
        try await pen.write(on: board)
        #expect(await reading.next() == nil)
      }
    }
  }

  @Test("As many streams as there may be; the next gets 503 until one is given up")
  func crowd() async throws {
    let site = TestSite()
    var answers: [WebAnswer] = []
    for _ in 0..<site.site.feed.mostReaders { answers.append(await site.get("/events")) }
    #expect(answers.allSatisfy { $0.status == 200 })
    #expect(await site.get("/events").status == 503)
    answers.removeLast()
    #expect(await site.get("/events").status == 200)
    let head = await site.site.answer(WebRequest(method: .head, path: "/events"))
    #expect(head.status == 200 && head.stream == nil)
  }
}
