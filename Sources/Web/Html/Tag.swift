extension Html {
  /// An element that the page uses: how it begins and ends stands in the program.
  struct Tag {
    let start: StaticString
    let end: StaticString

    private init(_ start: StaticString, _ end: StaticString) {
      self.start = start
      self.end = end
    }
  }
}

extension Html.Tag {
  static var a: Self { Self("<a", "</a>") }
  static var b: Self { Self("<b", "</b>") }
  static var body: Self { Self("<body", "</body>") }
  static var code: Self { Self("<code", "</code>") }
  static var dd: Self { Self("<dd", "</dd>") }
  static var details: Self { Self("<details", "</details>") }
  static var div: Self { Self("<div", "</div>") }
  static var dl: Self { Self("<dl", "</dl>") }
  static var dt: Self { Self("<dt", "</dt>") }
  static var footer: Self { Self("<footer", "</footer>") }
  static var form: Self { Self("<form", "</form>") }
  static var h1: Self { Self("<h1", "</h1>") }
  static var h2: Self { Self("<h2", "</h2>") }
  static var head: Self { Self("<head", "</head>") }
  static var header: Self { Self("<header", "</header>") }
  static var html: Self { Self("<html", "</html>") }
  static var input: Self { Self("<input", "</input>") }
  static var link: Self { Self("<link", "</link>") }
  static var main: Self { Self("<main", "</main>") }
  static var nav: Self { Self("<nav", "</nav>") }
  static var noscript: Self { Self("<noscript", "</noscript>") }
  static var p: Self { Self("<p", "</p>") }
  static var q: Self { Self("<q", "</q>") }
  static var rect: Self { Self("<rect", "</rect>") }
  static var script: Self { Self("<script", "</script>") }
  static var section: Self { Self("<section", "</section>") }
  static var span: Self { Self("<span", "</span>") }
  static var summary: Self { Self("<summary", "</summary>") }
  static var svg: Self { Self("<svg", "</svg>") }
  static var table: Self { Self("<table", "</table>") }
  static var tbody: Self { Self("<tbody", "</tbody>") }
  static var td: Self { Self("<td", "</td>") }
  static var th: Self { Self("<th", "</th>") }
  static var thead: Self { Self("<thead", "</thead>") }
  static var time: Self { Self("<time", "</time>") }
  static var title: Self { Self("<title", "</title>") }
  static var tr: Self { Self("<tr", "</tr>") }
}
