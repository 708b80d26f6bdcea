import Ledger
import Reading

/// One shelf for each kind of page, so that a large page of one kind holds up no other.
struct Pages: Sendable {
  let text: PageShelf<StatusFormat>
  let prometheus: PageShelf<StatusFormat>
  let json: PageShelf<StatusFormat>
  let nodes: PageShelf<StatusFormat>
  let metrics: PageShelf<StatusFormat>
  let html: PageShelf<PageView>

  /// How many views of the HTML page are kept: people search, and a search is a view.
  static let htmlViews = 16

  init(board: Board, identity: Site.Identity, assets: Assets, fragments: JsonFragments) {
    text = PageShelf(board: board, capacity: 1, version: \.statusVersion) { StatusText.render($1.upstreams) }
    prometheus = PageShelf(board: board, capacity: 1, version: \.statusVersion) {
      StatusPrometheus.render($1.upstreams)
    }
    json = PageShelf(board: board, capacity: 1, version: \.version) { fragments.page($1) }
    nodes = PageShelf(board: board, capacity: 1, version: \.version) {
      NodesJson($1, node: identity.node).bytes
    }
    metrics = PageShelf(board: board, capacity: 1, version: \.version) {
      Metrics.render($1, node: identity.node, version: identity.version)
    }
    html = PageShelf(board: board, capacity: Self.htmlViews, version: \.version) {
      StatusPage(view: $0, state: $1, identity: identity, assets: assets).render()
    }
  }
}
