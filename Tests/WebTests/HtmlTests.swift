import Testing

@testable import Web

/// What is written is closed, quoted and escaped, whoever it is from.
@Suite struct HtmlTests {
  private static func html(_ body: (inout Html) -> Void) -> String {
    var html = Html()
    body(&html)
    return String(decoding: html.bytes, as: UTF8.self)
  }

  @Test func elementsAreClosed() {
    let text = Self.html { html in
      html.element(.p, .class("a"), .id("b")) { html in
        html.text("c ")
        html.element(.b, text: "d")
      }
      html.line()
      html.void(.input, .value(""))
      html.shape(.rect, .x(1))
      html.element(.span) { _ in }
      for number in [12, 0, -305, 1000] { html.number(number) }
      html.element(.b, .y(40), text: "")
    }
    #expect(
      text
        == "<p class=\"a\" id=\"b\">c <b>d</b></p>\n<input value=\"\"><rect x=\"1\"/><span></span>120-3051000<b y=\"40\"></b>"
    )
  }

  @Test func anAttributeMayBeLeftOut() {
    let text = Self.html { html in
      html.element(.a, .title(nil), .current(true), .open(true), .trusted(" hidden"), text: "x")
      html.element(.a, .class("y"), .current(false), .open(false), text: "z")
    }
    #expect(text == "<a aria-current=\"page\" open hidden>x</a><a class=\"y\">z</a>")
  }

  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("<", "&lt;"), ("a<b>c", "a&lt;b&gt;c"), ("&amp;", "&amp;amp;"),
    ("\"'", "&quot;&#39;"), ("a\n\u{0}\u{7f}b", "a\u{FFFD}\u{FFFD}\u{FFFD}b"), ("µ – ü", "µ – ü"),
    (Samples.hostile, "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\\\u{FFFD}\u{FFFD}"),
  ])
  func textIsEscapedWhereverItStands(text: String, escaped: String) {
    #expect(Self.html { $0.text(text) } == escaped)
    #expect(Self.html { $0.element(.q, text: text) } == "<q>\(escaped)</q>")
    #expect(
      Self.html { $0.element(.q, .title(text), .key(text), text: "") }
        == "<q title=\"\(escaped)\" data-k=\"\(escaped)\"></q>")
  }

  @Test func markupOfTheProgramIsTrusted() {
    #expect(Self.html { $0.trusted("<br>") } == "<br>")
  }
}
