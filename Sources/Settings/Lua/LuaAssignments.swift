/// Finds the names that are assigned other than by `local`.
struct LuaAssignments {
  private(set) var names: Set<String> = []

  init(_ statements: [LuaStatement]) {
    add(statements)
  }

  private mutating func add(_ statements: [LuaStatement]) {
    for statement in statements {
      switch statement {
      case .assignment(let targets, _):
        for target in targets {
          if case .name(let name) = target.kind { names.insert(name) }
        }
      case .function(.some(let name), _, isLocal: false): names.insert(name)
      default: break
      }
      for expression in statement.expressions { add(expression) }
      for body in statement.bodies { add(body) }
    }
  }

  private mutating func add(_ expression: LuaExpression) {
    if case .function(let function) = expression.kind { add(function.body) }
    for child in expression.children { add(child) }
  }
}
