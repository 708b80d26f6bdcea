/// Parses an nginx configuration and everything it includes into directives.
///
/// A file that is no nginx configuration is read up to its valueError; the rest of the files are read on.
struct NginxParser {
  private let diagnostics: Diagnostics
  /// Of the main file: includes are relative to it, wherever they stand.
  private let folder: String
  /// The files that are being read, the innermost last, by their true paths.
  private var open: [String] = []
  /// Blocks and files around what is read.
  private var depth = 0
  private var files = 0
  private var bytes = 0

  init(main: String, diagnostics: Diagnostics) {
    self.diagnostics = diagnostics
    folder = Paths.folder(of: main)
  }

  /// The directives of a file.
  ///
  /// - Parameter place: where the file is named.
  mutating func parse(_ path: String, namedAt location: SourceLocation) -> [NginxDirective] {
    guard let source = read(path, location) else { return [] }
    let outside = depth
    depth += 1
    defer {
      open.removeLast()
      depth = outside
    }
    var lexer = NginxLexer(source.bytes)
    var directives: [NginxDirective] = []
    do throws(NginxError) {
      try block(&lexer, source, &directives, isTop: true)
    } catch {
      diagnostics.problem(source.location(error.at), error.what, remedy: error.remedy)
    }
    return directives
  }

  private mutating func read(_ path: String, _ location: SourceLocation) -> SourceText? {
    let canonical = Paths.canonical(path)
    guard !open.contains(canonical) else {
      diagnostics.problem(
        location, "\"\(Quoting.path(path))\" includes itself, by way of \(open.count) files",
        remedy: "take the include out")
      return nil
    }
    guard depth < Limits.depth, files < Limits.files, bytes < Limits.allBytes else {
      diagnostics.problem(
        location, "the configuration has too many files, or too many inside each other",
        remedy: "at most \(Limits.files) of \(Limits.allBytes >> 20) MiB together are read")
      return nil
    }
    files += 1
    guard let source = diagnostics.value(location, { () throws(ValueError) in try FileReader.read(path) })
    else {
      return nil
    }
    diagnostics.source(path)
    bytes += source.bytes.count
    open.append(canonical)
    return source
  }

  /// Directives up to the `}` that ends the block, or to the end of the file.
  private mutating func block(
    _ lexer: inout NginxLexer, _ source: SourceText, _ directives: inout [NginxDirective], isTop: Bool
  ) throws(NginxError) {
    while true {
      switch try lexer.next() {
      case .word(let name): try directive(name, &lexer, source, &directives)
      case .open(let at): throw Self.unexpected("{", at)
      case .semicolon(let at): throw Self.unexpected(";", at)
      case .close(let at):
        if isTop { throw Self.unexpected("}", at) }
        return
      case .end(let at):
        if isTop { return }
        throw NginxError(at: at, what: "unexpected end of file, expecting \"}\"", remedy: "close the block")
      }
    }
  }

  private mutating func directive(
    _ name: NginxWord, _ lexer: inout NginxLexer, _ source: SourceText, _ directives: inout [NginxDirective]
  ) throws(NginxError) {
    var directive = NginxDirective(source: source, name: name, arguments: [], body: .none)
    while true {
      switch try lexer.next() {
      case .word(let word): directive.arguments.append(word)
      case .semicolon:
        if name.text == "include" {
          directives += include(directive)
        } else {
          directives.append(directive)
        }
        return
      case .open(let at):
        guard depth < Limits.depth else {
          throw NginxError(
            at: at, what: "too many blocks inside each other", remedy: "nginx needs at most 10")
        }
        directive.body = try body(of: name, at, &lexer, source)
        directives.append(directive)
        return
      case .close(let at): throw Self.unexpected("}", at)
      case .end(let at):
        throw NginxError(
          at: at, what: "unexpected end of file, expecting \";\" or \"}\"", remedy: "end the directive")
      }
    }
  }

  private mutating func body(
    of name: NginxWord, _ at: Int, _ lexer: inout NginxLexer, _ source: SourceText
  ) throws(NginxError) -> NginxDirective.Body {
    guard name.text.hasSuffix("_by_lua_block") else {
      var children: [NginxDirective] = []
      depth += 1
      try block(&lexer, source, &children, isTop: false)
      depth -= 1
      return .block(children)
    }
    guard let end = LuaScan.endOfBlock(source.bytes[(at + 1)...]) else {
      throw NginxError(
        at: at, what: "the Lua block has no \"}\"", remedy: "close it, and every string and comment inside")
    }
    lexer.position = end + 1
    return .lua(Fragment(source, at + 1..<end))
  }

  private static func unexpected(_ text: String, _ at: Int) -> NginxError {
    let remedies = [
      "{": "name the block", ";": "remove it", "}": "is a \";\" missing before it, or is it one too many?",
    ]
    return NginxError(at: at, what: "unexpected \"\(text)\"", remedy: remedies[text] ?? "remove it")
  }

  /// The directives of all files that an `include` names.
  private mutating func include(_ directive: NginxDirective) -> [NginxDirective] {
    guard directive.arguments.count == 1, let word = directive.arguments.first else {
      diagnostics.problem(
        directive.location, "invalid number of arguments in \"include\" directive",
        remedy: "write include FILE;"
      )
      return []
    }
    let location = directive.location(word)
    guard let path = diagnostics.value(location, { () throws(ValueError) in try directive.text(word) }) else {
      return []
    }
    let pattern = Paths.resolve(path, from: folder)
    guard pattern.contains(where: { "*?[".contains($0) }) else {
      if !FileReader.exists(pattern), Self.isHarmless(word.text) {
        diagnostics.notice(
          location,
          "\"\(Quoting.path(word.text))\" is not there; it is passed over, for such files have no upstreams")
        return []
      }
      return parse(pattern, namedAt: location)
    }
    return Paths.matching(pattern).flatMap { path in
      guard let path else {
        diagnostics.problem(
          location, "the name of a file that \"\(Quoting.path(word.text))\" matches is not UTF-8",
          remedy: "rename the file")
        return [NginxDirective]()
      }
      return parse(path, namedAt: location)
    }
  }

  /// Files that come with nginx and have only types and parameters in them: where a configuration was copied to
  /// another machine, they are missed by nobody.
  private static func isHarmless(_ path: String) -> Bool {
    let name = Paths.name(of: path)
    return name == "mime.types" || name.hasSuffix("_params") || name == "fastcgi.conf"
      || name.hasPrefix("koi-")
      || name == "win-utf"
  }
}
