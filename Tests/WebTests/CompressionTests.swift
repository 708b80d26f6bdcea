import CZlib
import Health
import Ledger
import NIOCore
import Reading
import Testing

@testable import Web

@Suite("Compressed where the reader asks for it")
struct CompressionTests {
  @Test(
    "What a reader takes",
    arguments: [
      (nil, false), ("", false), ("gzip", true), ("GZip", true), ("x-gzip", true), ("deflate, br", false),
      ("gzip, deflate, br, zstd", true), ("gzip;q=0", false), ("gzip;q=0.0", false), ("gzip; q=0.001", true),
      ("*", true), ("*;q=0", false), ("*, gzip;q=0", false), ("*;q=0, gzip", true), ("identity", false),
      ("gzip;q=0.5, identity", false), ("gzip;q=0.5, identity;q=0.4", true),
      ("identity;q=0, gzip;q=0", false),
      ("gzip;q=1.000", true), ("gzip;q=1.001", false), ("gzip;q=2", false), ("gzip;q=x", false),
      ("gzip;level=9", false), (" gzip\t;\tq=1 , br", true), ("gzipped", false), (",,gzip,", true),
      ("br;q=1.0, gzip;q=0.8, *;q=0.1", true), ("gzip;q=", false), ("gzip;", false), ("gzip;q=0.1234", false),
    ] as [(String?, Bool)])
  func accepts(_ header: String?, _ takes: Bool) {
    #expect(AcceptEncoding.prefersGzip(header) == takes)
  }

  /// The bytes of a gzip member.
  static func unpack(_ packed: ByteBuffer) -> [UInt8] {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return []
    }
    defer { inflateEnd(&stream) }
    var room = [UInt8](repeating: 0, count: 64 << 20)
    let isWhole = packed.withUnsafeReadableBytes { bytes in
      room.withUnsafeMutableBufferPointer { room in
        stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        stream.next_out = room.baseAddress
        stream.avail_out = UInt32(room.count)
        return inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
      }
    }
    return isWhole ? Array(room.prefix(Int(stream.total_out))) : []
  }

  static func get(_ site: TestSite, _ target: String, _ tag: String? = nil, gzip: Bool = true) async
    -> WebAnswer
  {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    return await site.site.answer(
      WebRequest(
        path: parts[0], query: parts.count > 1 ? parts[1] : "", ifNoneMatch: tag, takesGzip: gzip))
  }

  static let targets = [
    "/", "/status", "/status?format=prometheus", "/status?format=json", "/status?format=html", "/metrics",
    "/api/v1/upstreams", "/api/v1/upstreams/big", "/api/v1/nodes",
  ]

  @Test("The same bytes, packed: with other tags, and told to caches", arguments: targets)
  func same(_ target: String) async throws {
    let site = TestSite([Samples.large("big", 200)])
    site.board.apply(
      .cluster(ClusterView(contact: .steady, nodes: (0..<50).map { Samples.node("n\($0)", upstreams: [:]) })))
    let plain = await Self.get(site, target, gzip: false)
    let packed = await Self.get(site, target)
    #expect(plain.header("Content-Encoding") == nil && packed.header("Content-Encoding") == "gzip")
    #expect(plain.header("Vary") == "Accept-Encoding" && packed.header("Vary") == "Accept-Encoding")
    #expect(Self.unpack(packed.body) == Array(plain.body.readableBytesView))
    #expect(packed.body.readableBytes < plain.body.readableBytes / 2)
    #expect(plain.header("Content-Type") == packed.header("Content-Type"))
    guard let plainTag = plain.header("ETag"), let packedTag = packed.header("ETag") else {
      return #expect(["/api/v1/upstreams/big", "/metrics"].contains(target))
    }
    #expect(plainTag != packedTag)
    for (tag, gzip, status) in [
      (plainTag, false, 304), (packedTag, true, 304), (packedTag, false, 200), (plainTag, true, 200),
    ] {
      let answer = await Self.get(site, target, tag, gzip: gzip)
      #expect(answer.status == status && answer.header("Vary") == "Accept-Encoding")
      #expect(status == 200 || answer.header("ETag") == tag)
      #expect(status == 200 || answer.header("Content-Encoding") == nil)
    }
  }

  @Test("A kept page is packed once, and anew when it changes")
  func once() async {
    let board = Samples.board([Samples.large("big", 200)])
    let cache = PageCache<Int>(board: board, capacity: 1, version: \.version) { _, state in
      StatusText.render(state.upstreams)
    }
    #expect(await cache.page(1).packed == nil)
    let first = await cache.page(1, packed: true).packed
    let second = await cache.page(1, packed: true).packed
    let third = await cache.page(1).packed
    func address(_ buffer: ByteBuffer?) -> UnsafeRawPointer? {
      buffer?.withUnsafeReadableBytes { $0.baseAddress }
    }
    #expect(address(first) != nil && address(first) == address(second) && address(first) == address(third))
    board.apply(.upstream(Samples.large("big", 200, downEvery: 3)))
    let changed = await cache.page(1, packed: true)
    #expect(changed.packed.map(Self.unpack) == Array(changed.body.readableBytesView))
    #expect(address(changed.packed) != address(first))
  }

  @Test(
    "What is small, an icon of a few bytes, or a stream stays as it is",
    arguments: ["/livez", "/readyz", "/events"])
  func small(_ target: String) async {
    let answer = await Self.get(TestSite(), target)
    #expect(answer.status == 200 && answer.header("Content-Encoding") == nil)
    #expect((answer.header("Vary") == nil) == (target == "/events"))
  }

  @Test("Style and script")
  func assets() async {
    let site = TestSite()
    for asset in [site.site.assets.style, site.site.assets.script] {
      let answer = await Self.get(site, "/\(asset)")
      #expect(answer.header("Content-Encoding") == "gzip" && answer.header("Vary") == "Accept-Encoding")
      #expect(answer.header("Cache-Control")?.contains("immutable") == true)
    }
  }

  @Test("Over the wire, for HEAD too")
  func wire() async throws {
    let site = TestSite([Samples.large("big", 200)])
    try await withServer(site.site) { port in
      let get = try await ask(
        port, HttpTests.get("/status", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"))
      #expect(get.lowercased().contains("\r\ncontent-encoding: gzip\r\n"))
      let head = try await ask(port, HttpTests.get("/status", "Accept-Encoding: gzip\r\n", method: "HEAD"))
      func length(_ answer: String) -> Substring? {
        answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
      }
      #expect(length(head) != nil && length(head) == length(get))
      let plain = try await ask(port, HttpTests.get("/status", "Accept-Encoding: gzip;q=0\r\n"))
      #expect(HttpTests.body(plain).hasPrefix("Upstream big"))
    }
  }
}
