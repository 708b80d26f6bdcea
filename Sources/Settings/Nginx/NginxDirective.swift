/// One directive of an nginx configuration, with what it includes put in its place.
struct NginxDirective {
  enum Body {
    /// `name arguments;`
    case none
    /// `name arguments { … }`
    case block([NginxDirective])
    /// `name_by_lua_block { … }`
    case lua(Fragment)
  }

  var source: SourceText
  var name: NginxWord
  var arguments: [NginxWord]
  var body: Body

  var location: SourceLocation { source.location(name.at) }

  func location(_ word: NginxWord) -> SourceLocation { source.location(word.at) }

  /// A word that becomes a text of ours, such as a name or a path.
  func text(_ word: NginxWord) throws(ValueError) -> String {
    guard word.isText else {
      throw ValueError(what: "\"\(Quoting.short(word.text))\" is not UTF-8", remedy: "save it as UTF-8")
    }
    return word.text
  }

  /// The directives inside; none where it is no block.
  var children: [NginxDirective] {
    if case .block(let children) = body { children } else { [] }
  }

  /// A word as a text of another language, whose bytes are known by their places in the file.
  func fragment(_ word: NginxWord) -> Fragment {
    let (bytes, offsets) = NginxLexer.unescape(source.bytes, word.range)
    return Fragment(source, bytes, offsets: offsets)
  }
}
