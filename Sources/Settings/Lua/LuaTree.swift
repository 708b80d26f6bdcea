/// Lua as far as it has to be understood: which calls are made, with which values, inside of what.
struct LuaExpression {
  indirect enum Kind {
    case none
    case truth(Bool)
    case number(LuaNumber)
    case string([UInt8], isLiteral: Bool)
    case name(String)
    /// `base.name`, `base["name"]` or `base:name`.
    case index(LuaExpression, LuaExpression)
    case call(LuaExpression, [LuaExpression])
    case function(LuaFunction)
    /// Two or more operands with `..` between them.
    case concatenation([LuaExpression])
    /// Operands of any other operators, in order. Which operators does not matter: their value is not read.
    case operation([LuaExpression])
    case table([LuaField])
    case parentheses(LuaExpression)
    /// `...`
    case varargs
  }

  var kind: Kind
  /// Index of its first byte.
  var at: Int
  /// Calls and indices inside each other.
  var height = 0
}

/// One field of a table.
struct LuaField {
  enum Key {
    case position
    case name(String)
    case expression(LuaExpression)
  }

  var key: Key
  var at: Int
  var value: LuaExpression
}

struct LuaFunction {
  var parameters: [String]
  var body: [LuaStatement]
}

enum LuaStatement {
  case local([String], [LuaExpression])
  case assignment([LuaExpression], [LuaExpression])
  case expression(LuaExpression)
  case block([LuaStatement])
  /// `while` and `repeat`: the condition, and what is repeated.
  case loop(LuaExpression, [LuaStatement])
  /// `for`: its names, what they go over, and what is repeated.
  case iteration([String], [LuaExpression], [LuaStatement])
  /// `if`: each condition with what it guards; then what `else` has.
  case branches([(LuaExpression, [LuaStatement])], [LuaStatement])
  /// The name that is assigned, where it is one name, and the function.
  case function(String?, LuaFunction, isLocal: Bool)
  case result([LuaExpression])
}

extension LuaStatement {
  /// The expressions that stand in the statement itself.
  var expressions: [LuaExpression] {
    switch self {
    case .local(_, let values), .iteration(_, let values, _), .result(let values): values
    case .assignment(let targets, let values): targets + values
    case .expression(let expression), .loop(let expression, _): [expression]
    case .branches(let branches, _): branches.map(\.0)
    case .block, .function: []
    }
  }

  /// The statements inside, in groups.
  var bodies: [[LuaStatement]] {
    switch self {
    case .block(let body), .loop(_, let body), .iteration(_, _, let body): [body]
    case .branches(let branches, let rest): branches.map(\.1) + [rest]
    case .function(_, let function, _): [function.body]
    case .local, .assignment, .expression, .result: []
    }
  }
}

extension LuaExpression {
  /// The expressions directly inside; a function's body is not among them.
  var children: [LuaExpression] {
    switch kind {
    case .none, .truth, .number, .string, .name, .function, .varargs: []
    case .index(let base, let key): [base, key]
    case .call(let callee, let arguments): [callee] + arguments
    case .concatenation(let operands), .operation(let operands): operands
    case .table(let fields):
      fields.flatMap { field in
        if case .expression(let key) = field.key { [key, field.value] } else { [field.value] }
      }
    case .parentheses(let inner): [inner]
    }
  }

  /// Whether it can stand left of `=`.
  var isAssignable: Bool {
    switch kind {
    case .name, .index: true
    default: false
    }
  }

  /// Without parentheses around it.
  var bare: LuaExpression {
    var expression = self
    while case .parentheses(let inner) = expression.kind { expression = inner }
    return expression
  }
}

/// Why a text is no Lua, and where.
struct LuaFault: Error {
  var at: Int
  var what: String
}
