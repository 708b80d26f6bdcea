/// Expressions.
extension LuaParser {
  mutating func expressions() throws(LuaFault) -> [LuaExpression] {
    var list = [try expression()]
    while take(.symbol(",")) { list.append(try expression()) }
    return list
  }

  /// Operands with operators between them. Precedence is left out: only a row of nothing but `..` has a value here.
  mutating func expression() throws(LuaFault) -> LuaExpression {
    try deeper { (parser) throws(LuaFault) in
      let at = parser.token.at
      var operands = [try parser.operand()]
      var isConcatenation = true
      while parser.isAtBinary {
        isConcatenation = isConcatenation && parser.token.kind == .symbol("..")
        parser.advance()
        operands.append(try parser.operand())
      }
      if operands.count == 1, let only = operands.first { return only }
      return LuaExpression(
        kind: isConcatenation ? .concatenation(operands) : .operation(operands), at: at)
    }
  }

  private var isAtBinary: Bool {
    switch token.kind {
    case .symbol(let symbol):
      ["+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">="].contains(symbol)
    case .keyword(let word): word == "and" || word == "or"
    default: false
    }
  }

  /// Signs and one value.
  private mutating func operand() throws(LuaFault) -> LuaExpression {
    let at = token.at
    var signs: [LuaToken.Kind] = []
    while [.symbol("-"), .symbol("#"), .keyword("not")].contains(token.kind) {
      signs.append(token.kind)
      advance()
    }
    let value = try simple()
    if signs.isEmpty { return value }
    if signs == [.symbol("-")], case .number(let number) = value.kind {
      return LuaExpression(kind: .number(LuaNumber(negating: number)), at: at)
    }
    return LuaExpression(kind: .operation([value]), at: at)
  }

  private mutating func simple() throws(LuaFault) -> LuaExpression {
    let at = token.at
    let kind: LuaExpression.Kind
    switch token.kind {
    case .keyword("nil"): kind = .none
    case .keyword("true"): kind = .truth(true)
    case .keyword("false"): kind = .truth(false)
    case .number(let number): kind = .number(number)
    case .string(let text, let isLiteral): kind = .string(text, isLiteral: isLiteral)
    case .symbol("..."): kind = .varargs
    case .symbol("{"): return try table()
    case .keyword("function"):
      advance()
      return LuaExpression(kind: .function(try functionBody()), at: at)
    default: return try suffixed()
    }
    advance()
    return LuaExpression(kind: kind, at: at)
  }

  /// A name or parentheses, with any calls and indices after it.
  mutating func suffixed() throws(LuaFault) -> LuaExpression {
    var value = try primary()
    while let next = try suffix(of: value) {
      guard next.height <= Limits.depth else { throw LuaFault(at: token.at, what: "too deeply nested") }
      value = next
    }
    return value
  }

  private mutating func primary() throws(LuaFault) -> LuaExpression {
    let at = token.at
    if case .name(let name) = token.kind {
      advance()
      return LuaExpression(kind: .name(name), at: at)
    }
    try expect(.symbol("("))
    let inner = try expression()
    try expect(.symbol(")"))
    return LuaExpression(kind: .parentheses(inner), at: at, height: inner.height)
  }

  /// What follows `base`: nil when that is neither a call nor an index.
  private mutating func suffix(of base: LuaExpression) throws(LuaFault) -> LuaExpression? {
    let height = base.height + 1
    let at = token.at
    switch token.kind {
    case .symbol("."):
      advance()
      let name = Array(try name().utf8)
      let key = LuaExpression(kind: .string(name, isLiteral: false), at: at)
      return LuaExpression(kind: .index(base, key), at: base.at, height: height)
    case .symbol("["):
      advance()
      let key = try expression()
      try expect(.symbol("]"))
      return LuaExpression(kind: .index(base, key), at: base.at, height: height)
    case .symbol(":"):
      advance()
      let name = Array(try name().utf8)
      let key = LuaExpression(kind: .string(name, isLiteral: false), at: at)
      let method = LuaExpression(kind: .index(base, key), at: base.at, height: height)
      guard let arguments = try arguments() else { throw unexpected() }
      return LuaExpression(kind: .call(method, arguments), at: base.at, height: height + 1)
    default:
      guard let arguments = try arguments() else { return nil }
      return LuaExpression(kind: .call(base, arguments), at: base.at, height: height)
    }
  }

  /// `(…)`, one table or one text; nil when there is none of them.
  private mutating func arguments() throws(LuaFault) -> [LuaExpression]? {
    switch token.kind {
    case .string(let text, let isLiteral):
      let argument = LuaExpression(kind: .string(text, isLiteral: isLiteral), at: token.at)
      advance()
      return [argument]
    case .symbol("{"): return [try table()]
    case .symbol("("):
      advance()
      if take(.symbol(")")) { return [] }
      let list = try expressions()
      try expect(.symbol(")"))
      return list
    default: return nil
    }
  }

  private mutating func table() throws(LuaFault) -> LuaExpression {
    try deeper { (parser) throws(LuaFault) in
      let at = parser.token.at
      try parser.expect(.symbol("{"))
      var fields: [LuaField] = []
      while parser.token.kind != .symbol("}") {
        fields.append(try parser.field())
        if !parser.take(.symbol(",")), !parser.take(.symbol(";")) { break }
      }
      try parser.expect(.symbol("}"))
      return LuaExpression(kind: .table(fields), at: at)
    }
  }

  private mutating func field() throws(LuaFault) -> LuaField {
    let at = token.at
    if take(.symbol("[")) {
      let key = try expression()
      try expect(.symbol("]"))
      try expect(.symbol("="))
      return LuaField(key: .expression(key), at: at, value: try expression())
    }
    if case .name(let name) = token.kind {
      // Only the word after it tells a key from a value.
      var ahead = lexer
      if ahead.next().kind == .symbol("=") {
        advance()
        advance()
        return LuaField(key: .name(name), at: at, value: try expression())
      }
    }
    return LuaField(key: .position, at: at, value: try expression())
  }
}
