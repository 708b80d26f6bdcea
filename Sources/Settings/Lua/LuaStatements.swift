/// Statements.
extension LuaParser {
  mutating func block() throws(LuaFault) -> [LuaStatement] {
    try deeper { (parser) throws(LuaFault) in
      var statements: [LuaStatement] = []
      while !parser.isAtEndOfBlock {
        if let statement = try parser.statement() { statements.append(statement) }
      }
      return statements
    }
  }

  private var isAtEndOfBlock: Bool {
    switch token.kind {
    case .end, .keyword("end"), .keyword("else"), .keyword("elseif"), .keyword("until"): true
    default: false
    }
  }

  /// Nil for one without meaning here: `;`, `break`, `goto`, a label.
  private mutating func statement() throws(LuaFault) -> LuaStatement? {
    switch token.kind {
    case .symbol(";"), .keyword("break"):
      advance()
      return nil
    case .symbol("::"):
      advance()
      _ = try name()
      try expect(.symbol("::"))
      return nil
    case .keyword(let word):
      return try statement(beginning: word)
    default:
      return try expressionStatement()
    }
  }

  private mutating func statement(beginning word: String) throws(LuaFault) -> LuaStatement {
    switch word {
    case "local":
      advance()
      return try local()
    case "if":
      advance()
      return try branches()
    case "for":
      advance()
      return try iteration()
    case "function":
      advance()
      return try function()
    case "return":
      advance()
      let hasValues = !isAtEndOfBlock && token.kind != .symbol(";")
      return .result(hasValues ? try expressions() : [])
    case "do":
      advance()
      return .block(try blockToEnd())
    case "while":
      advance()
      let condition = try expression()
      try expect(.keyword("do"))
      return .loop(condition, try blockToEnd())
    case "repeat":
      advance()
      let body = try block()
      try expect(.keyword("until"))
      return .loop(try expression(), body)
    default:
      throw unexpected()
    }
  }

  private mutating func blockToEnd() throws(LuaFault) -> [LuaStatement] {
    let body = try block()
    try expect(.keyword("end"))
    return body
  }

  private mutating func local() throws(LuaFault) -> LuaStatement {
    if take(.keyword("function")) {
      let name = try name()
      return .function(name, try functionBody(), isLocal: true)
    }
    let names = try names()
    return .local(names, take(.symbol("=")) ? try expressions() : [])
  }

  private mutating func branches() throws(LuaFault) -> LuaStatement {
    var branches: [(LuaExpression, [LuaStatement])] = []
    repeat {
      let condition = try expression()
      try expect(.keyword("then"))
      branches.append((condition, try block()))
    } while take(.keyword("elseif"))
    let rest = take(.keyword("else")) ? try block() : []
    try expect(.keyword("end"))
    return .branches(branches, rest)
  }

  private mutating func iteration() throws(LuaFault) -> LuaStatement {
    let names = try names()
    if !take(.symbol("=")) { try expect(.keyword("in")) }
    let values = try expressions()
    try expect(.keyword("do"))
    return .iteration(names, values, try blockToEnd())
  }

  private mutating func function() throws(LuaFault) -> LuaStatement {
    let first = try name()
    var isField = false
    while take(.symbol(".")) || take(.symbol(":")) {
      _ = try name()
      isField = true
    }
    return .function(isField ? nil : first, try functionBody(), isLocal: false)
  }

  mutating func functionBody() throws(LuaFault) -> LuaFunction {
    try expect(.symbol("("))
    var parameters: [String] = []
    if token.kind != .symbol(")") {
      repeat {
        if take(.symbol("...")) { break }
        parameters.append(try name())
      } while take(.symbol(","))
    }
    try expect(.symbol(")"))
    return LuaFunction(parameters: parameters, body: try blockToEnd())
  }

  private mutating func expressionStatement() throws(LuaFault) -> LuaStatement? {
    let first = try suffixed()
    if case .name("goto") = first.kind, case .name = token.kind {
      advance()
      return nil
    }
    guard token.kind == .symbol("=") || token.kind == .symbol(",") else {
      guard case .call = first.kind else { throw unexpected() }
      return .expression(first)
    }
    var targets = [first]
    while take(.symbol(",")) { targets.append(try suffixed()) }
    guard targets.allSatisfy(\.isAssignable) else { throw unexpected() }
    try expect(.symbol("="))
    return .assignment(targets, try expressions())
  }
}
