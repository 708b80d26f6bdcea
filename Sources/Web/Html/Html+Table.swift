import Reading

// What several parts of the page write. The roles of tables are written out, since the narrow style lays the rows out
// as blocks and browsers then no longer see a table.
extension Html {
  /// - Parameters:
  ///   - columns: the class and the words of each column's head.
  ///   - rows: writes them.
  mutating func table(
    _ style: String, _ label: String, _ columns: [(style: String, name: String)],
    rows: (inout Html) -> Void
  ) {
    element(.table, .role("table"), .class(style), .label(label)) { html in
      html.element(.thead, .role("rowgroup")) { html in
        html.element(.tr, .role("row")) { html in
          for (style, name) in columns {
            html.element(
              .th, .role("columnheader"), .scope("col"), .class(style), text: name)
          }
        }
      }
      html.element(.tbody, .role("rowgroup")) { html in
        html.line()
        rows(&html)
      }
    }
    line()
  }

  /// - Parameter column: the words of the column's head.
  mutating func cell(_ column: StaticString, _ style: String, content: (inout Html) -> Void) {
    element(.td, .role("cell"), .column(column), .class(style), content: content)
  }

  /// What there is nothing of.
  mutating func dash(_ title: String? = nil) {
    element(.span, .class("dim"), .title(title), text: "–")
  }

  /// A moment: whole, with its zone, for those without the script, which writes `3 min ago` and moves this to the title.
  mutating func time(_ ms: Int64) {
    guard ms > 0 else { return dash() }
    let instant = Instant(ms: ms)
    element(.time, .datetime(instant.rfc3339), text: instant.plain)
  }

  mutating func bold(_ text: String) { element(.b, text: text) }
}
