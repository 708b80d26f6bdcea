import Health
import Ledger
import NIOCore
import Reading
import Synchronization
import Testing

@testable import Web

@Suite("Pages are rendered once and kept until something changes")
struct CacheTests {
  /// Counts renderings.
  final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
  }

  static func cache(
    _ board: Board, _ counter: Counter, capacity: Int = 1, version: @escaping PageCache<Int>.Version
  ) -> PageCache<Int> {
    PageCache(board: board, capacity: capacity, version: version) { key, state in
      counter.add()
      return Array("\(key) \(state.statusVersion)".utf8)
    }
  }

  @Test("Once for many readers at once, and again after a change")
  func once() async {
    let board = Samples.board([Samples.foo])
    let counter = Counter()
    let cache = Self.cache(board, counter, version: \.statusVersion)
    await withTaskGroup(of: KeptPage.self) { group in
      for _ in 0..<100 { group.addTask { await cache.page(1) } }
      let tags = await group.reduce(into: Set<String>()) { $0.insert($1.tag) }
      #expect(tags.count == 1)
    }
    #expect(counter.count == 1)

    // A report is no status: the status pages stay.
    var view = Samples.foo
    view.peers[0].report = Report(state: .up, ok: 7, code: "OK")
    board.apply(.upstream(view))
    _ = await cache.page(1)
    #expect(counter.count == 1)

    view.peers[0].record.status = .down
    board.apply(.upstream(view))
    let before = await cache.page(1).tag
    _ = await cache.page(1)
    #expect(counter.count == 2)
    board.apply(.order([]))
    #expect(await cache.page(1).tag != before)
  }

  @Test("Pages that show more change with every change")
  func everyChange() async {
    let board = Samples.board([Samples.foo])
    let counter = Counter()
    let cache = Self.cache(board, counter, version: \.version)
    _ = await cache.page(1)
    board.apply(.stale(true))
    _ = await cache.page(1)
    _ = await cache.page(1)
    #expect(counter.count == 2)
  }

  @Test("As many as there is room for; the one not used for longest goes")
  func capacity() async {
    let counter = Counter()
    let cache = Self.cache(Samples.board([]), counter, capacity: 2, version: \.version)
    for key in [1, 2, 1, 3, 1, 3] { _ = await cache.page(key) }
    #expect(counter.count == 3)
    _ = await cache.page(2)
    #expect(counter.count == 4)
  }

  @Test(
    "304 for those who have the page, 200 after a change",
    arguments: [
      "/", "/status", "/status?format=prometheus", "/status?format=json", "/api/v1/upstreams",
      "/?fragment",
    ])
  func notModified(_ target: String) async throws {
    let site = TestSite()
    let first = await site.get(target)
    let tag = try #require(first.header("ETag"))
    let second = await site.get(target, ifNoneMatch: "\"other\", \(tag)")
    #expect(second.status == 304)
    #expect(second.header("ETag") == tag)
    #expect(second.body.readableBytes == 0)
    var changed = Samples.foo
    changed.peers[0].record.status = .down
    site.board.apply(.upstream(changed))
    let third = await site.get(target, ifNoneMatch: tag)
    #expect(third.status == 200)
    #expect(third.header("ETag") != tag)
    #expect(third.text != first.text)
  }

  @Test("The cached text is the rendered text, before and after a change")
  func same() async {
    let site = TestSite()
    #expect(await Array(site.get("/status").text.utf8) == StatusText.render([Samples.foo, Samples.bar]))
    site.board.apply(.order([Samples.bar.name, Samples.foo.name]))
    #expect(await Array(site.get("/status").text.utf8) == StatusText.render([Samples.bar, Samples.foo]))
    #expect(
      await Array(site.get("/status?format=prometheus").text.utf8)
        == StatusPrometheus.render([Samples.bar, Samples.foo]))
  }
}
