/// Parses Lua 5.1 (and LuaJIT's `goto`) into a tree. Depth is bounded by `Limits.depth`.
struct LuaParser {
  private(set) var lexer: LuaLexer
  private(set) var token: LuaToken
  private var depth = 0

  private init(_ bytes: ArraySlice<UInt8>) {
    lexer = LuaLexer(bytes)
    token = lexer.next()
  }

  /// The statements of a whole text.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(LuaFault) -> [LuaStatement] {
    var parser = LuaParser(bytes)
    let statements = try parser.block()
    guard parser.token.kind == .end else { throw parser.unexpected() }
    return statements
  }

  mutating func advance() { token = lexer.next() }

  func unexpected() -> LuaFault {
    switch token.kind {
    case .bad(let what): LuaFault(at: token.at, what: what)
    case .end: LuaFault(at: token.at, what: "unexpected end")
    case .name(let text), .keyword(let text), .symbol(let text):
      LuaFault(at: token.at, what: "unexpected \"\(Quoting.short(text))\"")
    case .string: LuaFault(at: token.at, what: "unexpected string")
    case .number(let number): LuaFault(at: token.at, what: "unexpected \"\(Quoting.short(number.source))\"")
    }
  }

  mutating func take(_ kind: LuaToken.Kind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: LuaToken.Kind) throws(LuaFault) {
    guard take(kind) else { throw unexpected() }
  }

  mutating func name() throws(LuaFault) -> String {
    guard case .name(let name) = token.kind else { throw unexpected() }
    advance()
    return name
  }

  mutating func names() throws(LuaFault) -> [String] {
    var names = [try name()]
    while take(.symbol(",")) { names.append(try name()) }
    return names
  }

  mutating func deeper<T>(_ body: (inout LuaParser) throws(LuaFault) -> T) throws(LuaFault) -> T {
    guard depth < Limits.depth else { throw LuaFault(at: token.at, what: "too deeply nested") }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }
}
