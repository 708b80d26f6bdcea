/// The values of expressions, where the text alone says them.
struct LuaConstants {
  /// What a name stands for.
  private enum Binding {
    case value(Value.Content)
    case unknown
  }

  /// Why an expression has no value here.
  struct Unreadable: Error {
    var why: String
  }

  private var scopes: [[String: Binding]] = [[:]]
  /// Names that are assigned after their `local`, anywhere: their value at some point is not known.
  private let assigned: Set<String>

  init(assigned: Set<String>) {
    self.assigned = assigned
  }

  mutating func enter() { scopes.append([:]) }
  mutating func leave() { scopes.removeLast() }

  /// `local names = values`.
  mutating func bind(_ names: [String], _ values: [LuaExpression]) {
    // All values are taken before any name is bound: `local a, b = b, a`.
    let contents = names.indices.map { index -> Binding in
      if index >= values.count {
        if case .call = values.last?.kind { return .unknown }
        return values.isEmpty ? .value(.none) : .unknown
      }
      if case .some(let content) = try? self.value(values[index]) { return .value(content) }
      return .unknown
    }
    for (name, content) in zip(names, contents) { scopes[scopes.count - 1][name] = content }
  }

  /// Names of which nothing is known: parameters and loop variables.
  mutating func bindUnknown(_ names: [String]) {
    for name in names { scopes[scopes.count - 1][name] = .unknown }
  }

  /// A literal, a local that stands for one, or several of them with `..` between.
  func value(_ expression: LuaExpression) throws(Unreadable) -> Value.Content {
    switch expression.kind {
    case .none: return .none
    case .truth(let truth): return .scalar(Scalar(bytes: Array("\(truth)".utf8), isLiteral: false))
    case .number(let number): return .scalar(Scalar(bytes: Array(number.text.utf8), isLiteral: false))
    case .string(let text, let isLiteral): return .scalar(Scalar(bytes: text, isLiteral: isLiteral))
    case .parentheses(let inner): return try value(inner)
    case .name(let name): return try value(named: name)
    case .concatenation(let operands): return try joined(operands)
    case .index: throw Unreadable(why: "it is a field of a table")
    case .call: throw Unreadable(why: "it is the result of a call")
    case .function: throw Unreadable(why: "it is a function")
    case .operation: throw Unreadable(why: "it is computed")
    case .table: throw Unreadable(why: "it is a table")
    case .varargs: throw Unreadable(why: "it is an argument")
    }
  }

  private func value(named name: String) throws(Unreadable) -> Value.Content {
    for scope in scopes.reversed() {
      guard let binding = scope[name] else { continue }
      if assigned.contains(name) { throw Unreadable(why: "the local \"\(name)\" is assigned again") }
      guard case .value(let content) = binding else {
        throw Unreadable(why: "the local \"\(name)\" does not stand for one literal value")
      }
      return content
    }
    throw Unreadable(why: "\"\(name)\" is not a local with a literal value")
  }

  private func joined(_ operands: [LuaExpression]) throws(Unreadable) -> Value.Content {
    var bytes: [UInt8] = []
    var isLiteral = false
    for operand in operands {
      guard case .scalar(let scalar) = try value(operand) else {
        throw Unreadable(why: "a part of it is nil")
      }
      bytes += scalar.bytes
      isLiteral = isLiteral || scalar.isLiteral
      guard bytes.count <= Limits.fileBytes else { throw Unreadable(why: "it is too long") }
    }
    return .scalar(Scalar(bytes: bytes, isLiteral: isLiteral))
  }
}
