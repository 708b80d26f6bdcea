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
    var html = Html(reserving: 64 * 1024)
    if view.isFragment {
      writeBars(to: &html)
      writeMain(to: &html)
    } else {
      writeWhole(to: &html)
    }
    return html.bytes
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

  private func writeWhole(to html: inout Html) {
    html.trusted("<!doctype html>\n")
    html.element(.html, .trusted(" lang=\"en\"")) { html in
      html.line()
      html.element(.head) { writeHead(to: &$0) }
      html.line()
      html.element(.body) { html in
        html.line()
        html.element(.a, .class("skip"), .href("#page"), text: "Skip to the status")
        html.line()
        writeHeader(to: &html)
        writeMain(to: &html)
        writeFooter(to: &html)
      }
      html.line()
    }
    html.line()
  }

  private func writeHead(to html: inout Html) {
    html.trusted("\n<meta charset=\"utf-8\">\n")
    html.element(.title, text: title)
    html.trusted(
      """

      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="robots" content="noindex">

      """)
    html.void(
      .link, .trusted(" rel=\"icon\" type=\"image/svg+xml\""), .href(icon))
    html.line()
    html.void(.link, .trusted(" rel=\"stylesheet\""), .href(assets.style))
    html.line()
    html.element(
      .script, .src(assets.script), .clock(assets.clock),
      .trusted(" defer")
    ) { _ in }
    html.trusted("\n<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n")
  }

  private func writeHeader(to html: inout Html) {
    html.element(.header) { html in
      html.element(.div, .class("bar")) { html in
        html.line()
        html.element(.a, .class("brand"), .href("./")) { html in
          html.trusted(Self.mark)
          html.text("Quorate")
        }
        html.element(.span, .class("node")) { html in
          html.text("node ")
          html.bold(identity.node)
        }
        html.line()
        html.element(.nav, .label("Views")) { html in
          html.element(.a, .href("./"), .current(view.kind == .overview), text: "All")
          html.element(
            .a, .href("./?show=problems"), .current(view.kind == .problems), text: "Only problems")
        }
        html.line()
        html.element(.form, .role("search"), .trusted(" action=\"./\"")) { writeSearchField(to: &$0) }
        html.line()
        html.element(.span, .id("live"), .class("live")) { html in
          html.element(.noscript, text: "reloads every 5 s")
        }
        html.line()
      }
      html.line()
      html.element(.div, .class("bars")) { html in
        html.element(
          .p, .id("lost"), .class("notice lost"), .role("alert"), .trusted(" hidden")
        ) { _ in }
        html.line()
        writeBars(to: &html)
      }
    }
    html.line()
  }

  private func writeSearchField(to html: inout Html) {
    let text = if case .search(let text) = view.kind { text } else { "" }
    html.void(
      .input,
      .trusted(
        """
         type="search" name="q" id="q" placeholder="Find a peer or upstream" \
        aria-label="Find a peer or upstream" autocomplete="off" spellcheck="false"
        """),
      .maxLength(PageView.longestSearch), .value(text))
  }

  private func writeMain(to html: inout Html) {
    html.element(
      .main, .id("page"), .tabTitle(title), .tabIcon(icon),
      .class(facts.stale ? "stale" : nil)
    ) { html in
      html.line()
      writeSummary(to: &html)
      switch view.kind {
      case .overview: writeOverview(to: &html)
      case .problems: writeProblems(to: &html)
      case .search(let text): writeSearch(text, to: &html)
      case .upstream(let name, let number): writeUpstream(name, page: number, to: &html)
      }
    }
    html.line()
  }

  private func writeFooter(to html: inout Html) {
    html.element(.footer) { html in
      html.element(.span, text: "Quorate \(identity.version)")
      html.element(.span, text: "All times are UTC.")
      html.element(.span) { html in
        html.text("The same for programs:")
        for (address, name) in Self.others {
          html.text(" ")
          html.element(.a, .href(address), text: name)
        }
      }
    }
    html.line()
  }

  private static let others = [
    ("status", "text"), ("status?format=prometheus", "Prometheus"), ("status?format=json", "JSON"),
    ("api/v1/upstreams", "API"), ("api/v1/nodes", "nodes"), ("metrics", "metrics"),
  ]

  /// The icon in the text's own colour.
  private static let mark: StaticString = """
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">\
    <path d="M16 4 26.4 22H5.6Z"/><circle cx="16" cy="6.5" r="5"/><circle cx="6.5" cy="23" r="5"/>\
    <circle class="dim" cx="25.5" cy="23" r="5"/></svg>
    """
}
