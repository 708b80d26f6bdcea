import Health
import Ledger
import Reading

/// The page for people. It is whole without its script, which only keeps it fresh.
///
/// However many peers there are, a page lists at most a few hundred of them and says where the others are.
struct StatusPage {
  let view: PageView
  let facts: StatusFacts
  let identity: Site.Identity
  let assets: Assets
  let names: VoterNames

  init(view: PageView, state: BoardState, identity: Site.Identity, assets: Assets) {
    self.view = view
    facts = StatusFacts(state, of: identity.node)
    names = VoterNames(facts.cluster?.nodes.map(\.name) ?? [])
    self.identity = identity
    self.assets = assets
  }

  func render() -> [UInt8] {
    var page = PageBytes(reserving: 64 * 1024)
    if view.isFragment {
      writeBars(to: &page)
      writeMain(to: &page)
    } else {
      writeHead(to: &page)
      writeHeader(to: &page)
      writeMain(to: &page)
      writeFooter(to: &page)
    }
    return page.bytes
  }

  var verdict: Verdict { Verdict(facts) }

  /// What the browser's tab says: the trouble first.
  private var title: String { "\(verdict.short) · \(identity.node) · Quorate" }

  private var icon: String {
    switch verdict.gravity {
    case .dead, .down: facts.stale ? assets.staleAlarmIcon : assets.alarmIcon
    default: facts.stale ? assets.staleIcon : assets.icon
    }
  }

  private func writeHead(to page: inout PageBytes) {
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
    page.html(title)
    page.raw("</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    page.raw(
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n")
    page.raw("<link rel=\"icon\" type=\"image/svg+xml\" href=\"\(icon)\">\n")
    page.raw("<link rel=\"stylesheet\" href=\"\(assets.style)\">\n")
    page.raw("<script src=\"\(assets.script)\" data-clock=\"\(assets.clock)\" defer></script>\n")
    page.raw("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n</head>\n<body>\n")
    page.raw("<a class=\"skip\" href=\"#page\">Skip to the status</a>\n")
  }

  private func writeHeader(to page: inout PageBytes) {
    page.raw("<header><div class=\"bar\">\n<a class=\"brand\" href=\"./\">\(Self.mark)Quorate</a>")
    page.raw("<span class=\"node\">node <b>")
    page.html(identity.node)
    page.raw("</b></span>\n<nav aria-label=\"Views\">")
    writeTab("./", "All", isCurrent: view.kind == .overview, to: &page)
    writeTab("./?show=problems", "Only problems", isCurrent: view.kind == .problems, to: &page)
    page.raw("</nav>\n<form role=\"search\" action=\"./\"><input type=\"search\" name=\"q\" id=\"q\" ")
    page.raw("placeholder=\"Find a peer or upstream\" aria-label=\"Find a peer or upstream\" ")
    page.raw("autocomplete=\"off\" spellcheck=\"false\" maxlength=\"\(PageView.longestSearch)\" value=\"")
    if case .search(let text) = view.kind { page.html(text) }
    page.raw("\"></form>\n<span id=\"live\" class=\"live\"><noscript>reloads every 5 s</noscript></span>\n")
    page.raw("</div>\n<div class=\"bars\"><p id=\"lost\" class=\"notice lost\" role=\"alert\" hidden></p>\n")
    writeBars(to: &page)
    page.raw("</div></header>\n")
  }

  private func writeTab(_ address: String, _ text: String, isCurrent: Bool, to page: inout PageBytes) {
    page.raw("<a href=\"\(address)\"\(isCurrent ? " aria-current=\"page\"" : "")>\(text)</a>")
  }

  private func writeMain(to page: inout PageBytes) {
    page.raw("<main id=\"page\" data-title=\"")
    page.html(title)
    page.raw("\" data-icon=\"\(icon)\"\(facts.stale ? " class=\"stale\"" : "")>\n")
    writeSummary(to: &page)
    switch view.kind {
    case .overview: writeOverview(to: &page)
    case .problems: writeProblems(to: &page)
    case .search(let text): writeSearch(text, to: &page)
    case .upstream(let name, let number): writeWhole(name, page: number, to: &page)
    }
    page.raw("</main>\n")
  }

  private func writeFooter(to page: inout PageBytes) {
    page.raw("<footer><span>Quorate ")
    page.html(identity.version)
    page.raw(
      "</span><span>All times are UTC.</span><span>The same for programs: <a href=\"status\">text</a> ")
    page.raw("<a href=\"status?format=prometheus\">Prometheus</a> <a href=\"status?format=json\">JSON</a> ")
    page.raw("<a href=\"api/v1/upstreams\">API</a> <a href=\"api/v1/nodes\">nodes</a> ")
    page.raw("<a href=\"metrics\">metrics</a></span></footer>\n</body>\n</html>\n")
  }

  /// The icon in the text's own colour.
  private static let mark = """
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">\
    <path d="M16 4 26.4 22H5.6Z"/><circle cx="16" cy="6.5" r="5"/><circle cx="6.5" cy="23" r="5"/>\
    <circle class="dim" cx="25.5" cy="23" r="5"/></svg>
    """
}
