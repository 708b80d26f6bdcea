import Health

/// Reads upstreams, checkers and access rules from an nginx configuration.
struct NginxReader {
  private let diagnostics: Diagnostics
  private var draft = NginxDraft()
  private var upstreams: NginxUpstreams
  private var access: [StatusAccess] = []
  private var lua: LuaFiles
  /// The Lua that runs when nginx and its workers start.
  private var starts: [(phase: LuaRequest.Phase, fragment: Fragment)] = []
  private var dictionaries: [String] = []
  /// `lua_package_path`.
  private var packagePath: String?

  /// - Parameters:
  ///   - path: the main file.
  ///   - place: where it is named.
  ///   - lua: evaluates the Lua, where there is any.
  ///   - defaults: what holds for checkers that say nothing themselves.
  static func read(
    _ path: String, namedAt location: SourceLocation, lua: LuaProgram, defaults: Options,
    _ diagnostics: Diagnostics
  ) -> NginxDraft {
    let before = diagnostics.problems.count
    var parser = NginxParser(main: path, diagnostics: diagnostics)
    let directives = parser.parse(path, namedAt: location)
    var reader = NginxReader(diagnostics, path)
    reader.draft.hasProblems = diagnostics.problems.count > before
    reader.walk(directives, AccessRules(), in: nil)
    reader.draft.upstreams = reader.upstreams.finished()
    reader.draft.allow = AllowList(diagnostics: diagnostics).networks(reader.access)
    reader.evaluate(path, lua, defaults)
    return reader.draft
  }

  private init(_ diagnostics: Diagnostics, _ path: String) {
    self.diagnostics = diagnostics
    draft.path = path
    upstreams = NginxUpstreams(diagnostics: diagnostics)
    lua = LuaFiles(main: path, diagnostics: diagnostics)
  }

  /// - Parameters:
  ///   - inherited: the access rules of the blocks around.
  ///   - block: the directive whose block this is; nil for the file itself.
  private mutating func walk(
    _ directives: [NginxDirective], _ inherited: AccessRules, in block: NginxDirective?
  ) {
    // As in nginx: a level with rules of its own has none of the levels above.
    let own = AccessRules(directives, diagnostics)
    let rules = own.isEmpty ? inherited : own
    for directive in directives {
      switch directive.name.text {
      // Their upstreams are others, and no checker of lua-resty knows of them.
      case "stream", "mail": continue
      // Their lines are values and no directives, whatever they begin with.
      case "map", "geo", "split_clients", "charset_map", "types": continue
      case "upstream": upstream(directive)
      case let name where PassTarget.isPass(name): upstreams.add(pass: directive)
      case "init_by_lua_block", "init_by_lua", "init_by_lua_file": start(directive, .start)
      case "init_worker_by_lua_block", "init_worker_by_lua", "init_worker_by_lua_file":
        start(directive, .worker)
      case "lua_shared_dict": dictionaries += directive.arguments.prefix(1).map(\.text)
      case "lua_package_path": packagePath = directive.arguments.first?.text
      case let name
      where name.hasSuffix("_by_lua_block") || name.hasSuffix("_by_lua") || name.hasSuffix("_by_lua_file"):
        other(directive, rules, in: block)
      default: walk(directive.children, rules, in: directive)
      }
    }
  }

  private mutating func upstream(_ directive: NginxDirective) {
    let before = diagnostics.problems.count
    guard let upstream = UpstreamBlock(diagnostics: diagnostics).read(directive) else {
      if diagnostics.problems.count > before { draft.hasProblems = true }
      return
    }
    upstreams.add(upstream)
    // The Lua of a balancer may do anything but start checkers.
    for child in directive.children where child.name.text.contains("_by_lua") {
      other(child, AccessRules(), in: directive)
    }
  }

  /// Lua that runs once at the start: where checkers belong.
  private mutating func start(_ directive: NginxDirective, _ phase: LuaRequest.Phase) {
    guard let fragment = lua.fragment(of: directive, isNeeded: true) else { return }
    starts.append((phase, fragment))
  }

  /// Without any such Lua no process is started for it.
  private mutating func evaluate(_ path: String, _ program: LuaProgram, _ defaults: Options) {
    var outcome = LuaOutcome()
    if let first = starts.first {
      let modules = LuaModules(main: path)
      let request = LuaRequest(
        prefix: modules.prefix, path: LuaModules.path(packagePath), dictionaries: dictionaries,
        upstreams: draft.upstreams, knowsAllUpstreams: !draft.hasProblems, defaults: defaults,
        chunks: starts)
      outcome = LuaEvaluation.run(
        request, by: program, modules: modules,
        from: first.fragment.location(first.fragment.bytes.startIndex),
        diagnostics)
    }
    draft.calls = outcome.calls
    draft.luaFaults = outcome.faults
    noticeMissing(path, delayed: outcome.delayed)
  }

  /// Lua that runs at other times.
  private mutating func other(_ directive: NginxDirective, _ rules: AccessRules, in block: NginxDirective?) {
    guard let fragment = lua.fragment(of: directive, isNeeded: false) else { return }
    if LuaScan.mentions(["spawn_checker"], in: fragment.bytes) {
      diagnostics.problem(
        directive.location, "spawn_checker is named in \(directive.name.text), which does not run once",
        remedy: "call it in init_worker_by_lua_block; or in YAML: \(YamlInstead.checker())")
    }
    if let block, directive.name.text.hasPrefix("content_by_lua"), StatusAccess.isStatus(fragment) {
      access.append(StatusAccess(location: block.location, rules: rules))
    }
  }

  private func noticeMissing(_ path: String, delayed: SourceLocation?) {
    guard draft.calls.isEmpty, draft.luaFaults.isEmpty, !draft.upstreams.isEmpty, !draft.hasProblems else {
      return
    }
    if let delayed {
      diagnostics.notice(
        delayed, "what this timer does later is not known here: the upstreams have no checkers from here")
      return
    }
    diagnostics.notice(
      SourceLocation(file: path),
      starts.contains { $0.phase == .worker }
        ? "no spawn_checker call is made in init_worker_by_lua: the upstreams have no checkers from here"
        : "there is no init_worker_by_lua: the upstreams have no checkers from here")
  }
}
