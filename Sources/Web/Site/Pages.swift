import Ledger
import Reading

/// One cache for each kind of page, so that a large page of one kind holds up no other.
struct Pages: Sendable {
  let text: PageCache<StatusFormat>
  let prometheus: PageCache<StatusFormat>
  let json: PageCache<StatusFormat>
  let nodes: PageCache<StatusFormat>
  let metrics: PageCache<StatusFormat>
  let html: PageCache<PageView>

  /// How many views of the HTML page are kept: people search, and a search is a view.
  static let htmlViews = 16

  init(board: Board, identity: Site.Identity, assets: Assets, fragments: JsonFragments) {
    text = PageCache(board: board, capacity: 1, version: \.statusVersion) { StatusText.render($1.upstreams) }
    prometheus = PageCache(board: board, capacity: 1, version: \.statusVersion) {
      StatusPrometheus.render($1.upstreams)
    }
    json = PageCache(board: board, capacity: 1, version: \.version) { fragments.page($1, of: identity.node) }
    nodes = PageCache(board: board, capacity: 1, version: \.version) {
      NodesJson($1, node: identity.node).bytes
    }
    metrics = PageCache(board: board, capacity: 1, version: \.version) {
      Metrics.render($1, node: identity.node, version: identity.version)
    }
    html = PageCache(board: board, capacity: Self.htmlViews, version: \.version) {
      StatusPage(view: $0, state: $1, identity: identity, assets: assets).render()
    }
  }
}
