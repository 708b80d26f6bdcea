import Health

/// Reads upstreams, checkers and access rules from an nginx configuration.
struct NginxReader {
  private let findings: Findings
  private var draft = NginxDraft()
  private var upstreams: NginxUpstreams
  private var access: [StatusAccess] = []
  private var lua: LuaFiles
  /// Whether any Lua runs at the start of a worker.
  private var startsLua = false

  /// - Parameters:
  ///   - path: the main file.
  ///   - place: where it is named.
  static func read(_ path: String, namedAt place: Place, _ findings: Findings) -> NginxDraft {
    let before = findings.problems.count
    var parser = NginxParser(main: path, findings: findings)
    let directives = parser.parse(path, namedAt: place)
    var reader = NginxReader(findings, path)
    reader.draft.hasProblems = findings.problems.count > before
    reader.walk(directives, AccessRules(), in: nil)
    reader.draft.upstreams = reader.upstreams.finished()
    reader.draft.allow = AllowList(findings: findings).networks(reader.access)
    reader.noticeMissing(path)
    return reader.draft
  }

  private init(_ findings: Findings, _ path: String) {
    self.findings = findings
    draft.path = path
    upstreams = NginxUpstreams(findings: findings)
    lua = LuaFiles(main: path, findings: findings)
  }

  /// - Parameters:
  ///   - inherited: the access rules of the blocks around.
  ///   - block: the directive whose block this is; nil for the file itself.
  private mutating func walk(
    _ directives: [NginxDirective], _ inherited: AccessRules, in block: NginxDirective?
  ) {
    // As in nginx: a level with rules of its own has none of the levels above.
    let own = AccessRules(directives, findings)
    let rules = own.isEmpty ? inherited : own
    for directive in directives {
      switch directive.name.text {
      // Their upstreams are others, and no checker of lua-resty knows of them.
      case "stream", "mail": continue
      // Their lines are values and no directives, whatever they begin with.
      case "map", "geo", "split_clients", "charset_map", "types": continue
      case "upstream": upstream(directive)
      case let name where PassTarget.isPass(name): upstreams.add(pass: directive)
      case "init_worker_by_lua_block", "init_worker_by_lua", "init_worker_by_lua_file": start(directive)
      case let name
      where name.hasSuffix("_by_lua_block") || name.hasSuffix("_by_lua") || name.hasSuffix("_by_lua_file"):
        other(directive, rules, in: block)
      default: walk(directive.children, rules, in: directive)
      }
    }
  }

  private mutating func upstream(_ directive: NginxDirective) {
    let before = findings.problems.count
    guard let upstream = UpstreamBlock(findings: findings).read(directive) else {
      if findings.problems.count > before { draft.hasProblems = true }
      return
    }
    upstreams.add(upstream)
    // The Lua of a balancer may do anything but start checkers.
    for child in directive.children where child.name.text.contains("_by_lua") {
      other(child, AccessRules(), in: directive)
    }
  }

  /// Lua that runs once at the start of a worker: where checkers belong.
  private mutating func start(_ directive: NginxDirective) {
    startsLua = true
    guard let fragment = lua.fragment(of: directive, isNeeded: true) else { return }
    draft.calls += CheckerCalls.read(fragment, findings)
  }

  /// Lua that runs at other times.
  private mutating func other(_ directive: NginxDirective, _ rules: AccessRules, in block: NginxDirective?) {
    guard let fragment = lua.fragment(of: directive, isNeeded: false) else { return }
    if CheckerCalls.mentioned(in: fragment) {
      findings.problem(
        directive.place, "spawn_checker is named in \(directive.name.text), which does not run once",
        remedy: "call it in init_worker_by_lua_block; or in YAML: \(YamlInstead.upstream([:]))")
    }
    if let block, directive.name.text.hasPrefix("content_by_lua"), StatusAccess.isStatus(fragment) {
      access.append(StatusAccess(place: block.place, rules: rules))
    }
  }

  private func noticeMissing(_ path: String) {
    guard draft.calls.isEmpty, !draft.upstreams.isEmpty, !draft.hasProblems else { return }
    findings.notice(
      Place(file: path),
      startsLua
        ? "no spawn_checker call was found in init_worker_by_lua: the upstreams have no checkers from here"
        : "there is no init_worker_by_lua: the upstreams have no checkers from here")
  }
}
