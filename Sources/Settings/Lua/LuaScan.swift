/// What can be told of Lua without parsing it.
extension LuaLexer {
  /// The index of the `}` that ends a block whose Lua begins at the start of `bytes`; nil when there is none.
  static func endOfBlock(_ bytes: ArraySlice<UInt8>) -> Int? {
    var lexer = LuaLexer(bytes)
    var depth = 0
    while true {
      let token = lexer.next()
      switch token.kind {
      case .symbol("{"): depth += 1
      case .symbol("}"):
        if depth == 0 { return token.at }
        depth -= 1
      case .end: return nil
      default: break
      }
    }
  }

  /// Whether one of these names stands somewhere in the Lua, comments and texts aside.
  static func mentions(_ names: Set<String>, in bytes: ArraySlice<UInt8>) -> Bool {
    var lexer = LuaLexer(bytes)
    while true {
      switch lexer.next().kind {
      case .name(let name) where names.contains(name): return true
      case .string(let text, _) where names.contains(String(decoding: text, as: UTF8.self)): return true
      case .end: return false
      default: break
      }
    }
  }
}
