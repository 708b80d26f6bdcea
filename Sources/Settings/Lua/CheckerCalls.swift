import Health

/// Finds the `spawn_checker` calls of a Lua text. Each is read, or there is a problem: none is passed over.
struct CheckerCalls {
  /// What a call stands in: only straight on is it sure to be made, and once.
  private enum Inside: String {
    case nothing
    case branch = "an \"if\""
    case loop = "a loop"
    case function = "a function"
  }

  private let fragment: Fragment
  private let findings: Findings
  private var constants: LuaConstants
  private var calls: [CheckerCall] = []

  private static let name = "spawn_checker"

  /// The calls in a text that runs once, when a worker starts.
  static func read(_ fragment: Fragment, _ findings: Findings) -> [CheckerCall] {
    guard mentioned(in: fragment) else { return [] }
    do throws(LuaFault) {
      let statements = try LuaParser.parse(fragment.bytes)
      var finder = CheckerCalls(fragment, findings, LuaAssignments(statements).names)
      finder.walk(statements, .nothing)
      return finder.calls
    } catch {
      findings.problem(
        fragment.place(error.at), "not Lua: \(error.what)",
        remedy: "correct it; or write the checkers in YAML: \(YamlInstead.upstream([:]))")
      return []
    }
  }

  /// Whether there is anything to read.
  static func mentioned(in fragment: Fragment) -> Bool { LuaLexer.mentions([name], in: fragment.bytes) }

  private init(_ fragment: Fragment, _ findings: Findings, _ assigned: Set<String>) {
    self.fragment = fragment
    self.findings = findings
    constants = LuaConstants(assigned: assigned)
  }

  // Statements.

  private mutating func walk(_ statements: [LuaStatement], _ inside: Inside) {
    for statement in statements { walk(statement, inside) }
  }

  private mutating func scope(_ statements: [LuaStatement], _ inside: Inside, unknown: [String] = []) {
    constants.enter()
    constants.bindUnknown(unknown)
    walk(statements, inside)
    constants.leave()
  }

  private mutating func walk(_ statement: LuaStatement, _ inside: Inside) {
    switch statement {
    case .local(let names, let values):
      visit(values, inside)
      constants.bind(names, values)
    case .assignment(let targets, let values): visit(targets + values, inside)
    case .expression(let expression): visit(expression, inside)
    case .block(let body): scope(body, inside)
    case .loop(let condition, let body):
      visit(condition, .loop)
      scope(body, .loop)
    case .iteration(let names, let values, let body):
      visit(values, inside)
      scope(body, .loop, unknown: names)
    case .branches(let branches, let rest):
      for (index, (condition, body)) in branches.enumerated() {
        // The first condition is always looked at.
        visit(condition, index == 0 ? inside : .branch)
        scope(body, .branch)
      }
      scope(rest, .branch)
    case .function(let name, let function, _):
      constants.bindUnknown(name.map { [$0] } ?? [])
      scope(function.body, .function, unknown: function.parameters)
    case .result(let values): visit(values, inside)
    }
  }

  // Expressions.

  private mutating func visit(_ expressions: [LuaExpression], _ inside: Inside) {
    for expression in expressions { visit(expression, inside) }
  }

  private mutating func visit(_ expression: LuaExpression, _ inside: Inside) {
    switch expression.kind {
    case .call(let callee, let arguments) where Self.isSpawn(callee.bare):
      call(at: expression.at, arguments, inside)
      visit(arguments.flatMap(\.children), inside)
    case .operation(let operands) where operands.count > 1:
      // `and` and `or` look at what follows the first operand only sometimes.
      visit(operands[0], inside)
      visit(Array(operands.dropFirst()), .branch)
    case .function(let function):
      scope(function.body, .function, unknown: function.parameters)
    case _ where Self.isSpawn(expression):
      findings.problem(
        fragment.place(expression.at), "spawn_checker is not called here, but used as a value",
        remedy: "call it directly: hc.spawn_checker{…}; or write in YAML: \(YamlInstead.upstream([:]))")
    default:
      visit(expression.children, inside)
    }
  }

  private static func isSpawn(_ expression: LuaExpression) -> Bool {
    switch expression.kind {
    case .name(let text): return text == name
    case .index(_, let key):
      if case .string(let text, _) = key.bare.kind { return text == Array(name.utf8) }
      return false
    default: return false
    }
  }

  private mutating func call(at index: Int, _ arguments: [LuaExpression], _ inside: Inside) {
    let place = fragment.place(index)
    guard arguments.count == 1, case .table(let fields) = arguments[0].bare.kind else {
      findings.problem(
        place, "the options of spawn_checker are not written in the call",
        remedy: "write hc.spawn_checker{ upstream = \"NAME\", … }; or in YAML: \(YamlInstead.upstream([:]))")
      return
    }
    guard inside == .nothing else {
      findings.problem(
        place, "spawn_checker is called in \(inside.rawValue), so it is not known how often",
        remedy: "write one call for each upstream, outside of it; or in YAML: "
          + YamlInstead.upstream(readable(fields)))
      return
    }
    let known = OptionName.allCases.map(\.rawValue) + ["upstream"]
    let entries = MapReader(findings: findings, what: "spawn_checker", known: known)
      .read(fields.compactMap { entry($0) }).filter { !$0.value.isNone }
    let options = OptionReader(findings: findings, dialect: .lua).read(entries)
    let name = DraftName(entries.first { $0.key == "upstream" }?.value, findings)
    calls.append(CheckerCall(place: place, upstream: name, options: options))
  }

  // Fields.

  private func key(_ field: LuaField) -> String? {
    switch field.key {
    case .name(let name): return name
    case .expression(let key):
      guard case .string(let text, _) = key.bare.kind else { return nil }
      return String(decoding: text, as: UTF8.self)
    case .position: return nil
    }
  }

  private func entry(_ field: LuaField) -> Entry? {
    let place = fragment.place(field.at)
    guard let key = key(field) else {
      findings.problem(place, "an option of spawn_checker has no name", remedy: "write NAME = VALUE")
      return nil
    }
    return Entry(key: key, place: place, value: value(field.value, key))
  }

  private func value(_ expression: LuaExpression, _ key: String) -> Value {
    let place = fragment.place(expression.at)
    if case .table(let fields) = expression.bare.kind { return list(fields, key, place) }
    // Where lua-resty asks whether an option is there, false is the same as nil.
    if case .truth(false) = expression.bare.kind, key != OptionName.verify.rawValue {
      return Value(content: .none, place: place)
    }
    do throws(LuaConstants.Unreadable) {
      return Value(content: try constants.value(expression), place: place)
    } catch {
      tell(error.why, key, place)
      return Value(content: .unreadable, place: place)
    }
  }

  private func list(_ fields: [LuaField], _ key: String, _ place: Place) -> Value {
    var values: [Value] = []
    for field in fields {
      guard case .position = field.key else {
        tell("its table has keys", key, fragment.place(field.at))
        return Value(content: .unreadable, place: place)
      }
      values.append(value(field.value, key))
    }
    return Value(content: .list(values), place: place)
  }

  private func tell(_ why: String, _ key: String, _ place: Place) {
    findings.problem(
      place, "the value of \"\(Quoting.short(key))\" cannot be read: \(why)",
      remedy: "write the value itself; or in YAML: \(YamlInstead.option(key))")
  }

  /// The options of a call that can be read, as YAML writes them; for remedies.
  private func readable(_ fields: [LuaField]) -> [String: String] {
    var options: [String: String] = [:]
    for field in fields {
      guard let key = key(field), case .some(.scalar(let scalar)) = try? constants.value(field.value),
        let text = String(validating: scalar.bytes, as: UTF8.self), text.utf8.count <= 200
      else { continue }
      options[key] = Number.whole(text) == nil ? YamlText.quoted(text) : text
    }
    return options
  }
}

/// The YAML to write where Lua cannot be read.
enum YamlInstead {
  private static let examples = [
    "upstream": "NAME", "type": "http", "http_req": OptionReader.example, "interval": "2s", "timeout": "1s",
    "fall": "3", "rise": "2", "valid_statuses": "[200, 302]", "concurrency": "10", "port": "8080",
    "host": "NAME", "ssl_verify": "true", "probers": "3", "quorum": "majority", "fast_interval": "500ms",
  ]

  static func option(_ key: String) -> String { "\(Quoting.short(key)): \(examples[key] ?? "VALUE")" }

  /// An upstream with these options, and with examples for those it needs.
  static func upstream(_ known: [String: String]) -> String {
    let needed = ["upstream", "type"] + (known["type"] == "tcp" ? [] : ["http_req"])
    let others = OptionName.allCases.map(\.rawValue).filter {
      known[$0] != nil && !needed.contains($0) && $0 != "shm"
    }
    let options = (needed + others.sorted()).map { "\($0): \(known[$0] ?? examples[$0] ?? "VALUE")" }
    return "upstreams: [{\(options.joined(separator: ", ")), peers: [127.0.0.1:80]}]"
  }
}
