import Health
package import Ledger

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

  let board: Board
  let store: any LedgerStore
  let access: WebAccess
  let identity: Identity
  let now: WallClock
  let assets: Assets
  let fragments = JsonFragments()
  let peers = PeerIndex()
  let pages: Pages
  let feed: EventFeed

  package init(
    board: Board, store: any LedgerStore, access: WebAccess, identity: Identity, now: @escaping WallClock
  ) {
    self.board = board
    self.store = store
    self.access = access
    self.identity = identity
    self.now = now
    feed = EventFeed(board: board, store: store)
    assets = Assets()
    pages = Pages(board: board, identity: identity, assets: assets, fragments: fragments)
  }

  /// The answer to any request at all. Who may not read learns nothing, not even what is there.
  func answer(_ request: WebRequest) async -> WebAnswer {
    do {
      guard access.permits(request.reader) else { throw Refusal.forbidden }
      if case .other = request.method { throw Refusal.method }
      guard let segments = Query.segments(of: request.path), let values = Query.values(of: request.query)
      else {
        throw Refusal.encoding
      }
      guard let route = Route(segments) else { throw Refusal.nowhere }
      return try await answer(route, values, request)
    } catch let refusal as Refusal {
      return refusal.answer(toPath: request.path)
    } catch {
      return Refusal(500, "This page could not be made: \(error).").answer(toPath: request.path)
    }
  }

  private func answer(_ route: Route, _ values: [String: String], _ request: WebRequest) async throws
    -> WebAnswer
  {
    switch route {
    case .page: try await html(values, request)
    case .status: try await status(values, request)
    case .asset(let name): try assets.answer(name)
    case .upstreams: kept(await pages.json.page(.json), .json, request)
    case .upstream(let name): upstream(try view(name))
    case .peer(let upstream, let peer): try self.peer(peer, of: try view(upstream))
    case .events(let upstream): try await events(of: try view(upstream), values)
    case .nodes: kept(await pages.nodes.page(.json), .json, request)
    case .metrics: kept(await pages.metrics.page(.prometheus), .prometheus, request)
    case .eventStream: try eventStream(values, request)
    case .live: WebAnswer(200, .text, Array("ok\n".utf8))
    case .ready: readiness()
    }
  }

  private func status(_ values: [String: String], _ request: WebRequest) async throws -> WebAnswer {
    let format = try StatusFormat.of(values)
    return switch format {
    case .text: kept(await pages.text.page(format), format.contentType, request)
    case .prometheus: kept(await pages.prometheus.page(format), format.contentType, request)
    case .json: kept(await pages.json.page(format), format.contentType, request)
    case .html: try await html(values, request)
    }
  }

  private func html(_ values: [String: String], _ request: WebRequest) async throws -> WebAnswer {
    let view = try PageView(values)
    if case .upstream(let name, _) = view.kind { _ = try self.view(name.text) }
    return kept(await pages.html.page(view), .html, request)
  }

  /// A kept page, or 304 when the reader has it.
  private func kept(_ page: KeptPage, _ type: ContentType, _ request: WebRequest) -> WebAnswer {
    if let header = request.ifNoneMatch, ETag.matches(page.tag, header) {
      return WebAnswer(304, type, [], caching: .revalidate).with("ETag", page.tag)
    }
    return WebAnswer(200, type, page.body, caching: .revalidate).with("ETag", page.tag)
  }
}

enum ETag {
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
