package import Health
package import Ledger
import NIOCore
import Reading

/// Everything that is served, as a function of a request. It knows no connections and no server.
package final class Site: Sendable {
  /// What the pages say of the node itself.
  package struct Identity: Hashable, Sendable {
    /// The node's name.
    package var node: String
    /// The program's version.
    package var version: String

    package init(node: String, version: String) {
      self.node = node
      self.version = version
    }
  }

  /// Milliseconds since 1970, for display only.
  package typealias WallClock = @Sendable () -> Int64

  /// What this node's probes have come to; nil: it does not probe yet, or not any more.
  package typealias Probes = @Sendable () async -> ProbeStatistics?

  let board: Board
  let store: any LedgerStore
  let access: WebAccess
  let identity: Identity
  let now: WallClock
  let probes: Probes
  let assets: Assets
  let fragments = JsonFragments()
  let peers = PeerIndex()
  let pages: Pages
  let feed: EventFeed

  /// - Parameter eventStreams: readers of `/events` at once; more are refused.
  package init(
    board: Board, store: any LedgerStore, access: WebAccess, identity: Identity,
    eventStreams: Int = 128, now: @escaping WallClock, probes: @escaping Probes = { nil }
  ) {
    self.board = board
    self.store = store
    self.access = access
    self.identity = identity
    self.now = now
    self.probes = probes
    feed = EventFeed(board: board, store: store, readers: eventStreams)
    assets = Assets()
    pages = Pages(board: board, identity: identity, assets: assets, fragments: fragments)
  }

  /// The answer to any request at all. Who may not read learns nothing, not even what is there.
  func answer(_ request: WebRequest) async -> WebAnswer {
    await plainAnswer(request).encoded(for: request)
  }

  private func plainAnswer(_ request: WebRequest) async -> WebAnswer {
    do {
      guard access.permits(request.reader) else { throw HTTPError.forbidden }
      if case .other(let name) = request.method { throw HTTPError.method(name) }
      guard let segments = Query.segments(of: request.path), let values = Query.values(of: request.query)
      else {
        throw HTTPError.encoding
      }
      guard let route = Route(segments) else { throw HTTPError.nowhere }
      return try await answer(route, values, request)
    } catch let refusal as HTTPError {
      return refusal.answer(toPath: request.path)
    } catch {
      return HTTPError(500, "This page could not be made: \(error).").answer(toPath: request.path)
    }
  }

  private func answer(_ route: Route, _ values: [String: String], _ request: WebRequest) async throws
    -> WebAnswer
  {
    switch route {
    case .page: try await html(values, request)
    case .status: try await status(values, request)
    case .asset(let name): try assets.answer(name)
    case .upstreams: await kept(pages.json, .json, .json, request)
    case .upstream(let name): upstream(try view(name))
    case .peer(let upstream, let peer): try self.peer(peer, of: try view(upstream))
    case .events(let upstream): try await events(of: try view(upstream), values)
    case .nodes: await kept(pages.nodes, .json, .json, request)
    case .metrics: await metrics()
    case .eventStream: try eventStream(values, request)
    case .live: WebAnswer(200, .text, Array("ok\n".utf8))
    case .ready: readiness()
    }
  }

  private func status(_ values: [String: String], _ request: WebRequest) async throws -> WebAnswer {
    let format = try StatusFormat.of(values)
    return switch format {
    case .text: await kept(pages.text, format, format.contentType, request)
    case .prometheus: await kept(pages.prometheus, format, format.contentType, request)
    case .json: await kept(pages.json, format, format.contentType, request)
    case .html: try await html(values, request)
    }
  }

  /// What the board says is kept for as long as it stays so; probes are counted at every moment.
  private func metrics() async -> WebAnswer {
    var body = await pages.metrics.page(.prometheus, packed: false).body
    if let probes = await probes() { body.writeBytes(ProbeMetrics.render(probes)) }
    return WebAnswer(200, .prometheus, body)
  }

  private func html(_ values: [String: String], _ request: WebRequest) async throws -> WebAnswer {
    let view = try PageView(values)
    // The page's links start from the folder it is in, which a slash at the end would change.
    if request.path.utf8.count > 1, request.path.utf8.last == UInt8(ascii: "/") {
      return moved(to: "../status?\(request.query)")
    }
    if case .upstream(let name, _) = view.kind { _ = try self.view(name.text) }
    return await kept(pages.html, view, .html, request)
  }

  private func moved(to address: String) -> WebAnswer {
    WebAnswer(308, .text, Array("This page is at \(address)\n".utf8)).with("Location", address)
  }

  /// A kept page, or 304 when the reader has it in the coding that it would get.
  private func kept<Key>(
    _ cache: PageCache<Key>, _ key: Key, _ type: ContentType, _ request: WebRequest
  ) async -> WebAnswer {
    let page = await cache.page(key, packed: request.takesGzip)
    let tag = request.takesGzip && page.packed != nil ? ETag.ofPacked(page.tag) : page.tag
    if let header = request.ifNoneMatch, ETag.matches(tag, header) {
      return WebAnswer(304, type, [], caching: .revalidate).with("ETag", tag)
    }
    var answer = WebAnswer(200, type, page.body, caching: .revalidate).with("ETag", tag)
    answer.packed = page.packed
    return answer
  }
}

enum ETag {
  /// Other bytes need another tag (RFC 9110, section 8.8.3.3).
  static func ofPacked(_ tag: String) -> String { tag.dropLast() + "-gzip\"" }

  /// Whether `If-None-Match` names the tag. Comparison is weak (RFC 9110, section 13.1.2).
  static func matches(_ tag: String, _ header: String) -> Bool {
    header.split(separator: ",").contains { part in
      var part = part[...]
      while part.first == " " || part.first == "\t" { part.removeFirst() }
      while part.last == " " || part.last == "\t" { part.removeLast() }
      return part == "*" || part == tag || part == "W/\(tag)"
    }
  }
}
