import Health

/// The upstreams of all sources, in order, each name once.
struct UpstreamList {
  private let diagnostics: Diagnostics
  private let defaults: Options
  private var upstreams: [UpstreamSettings] = []
  private var indices: [UpstreamName: Int] = [:]
  /// Where each upstream's checker stands.
  private var checkers: [UpstreamName: SourceLocation] = [:]
  /// Those that somebody wants to be checked.
  private var wanted: Set<UpstreamName> = []
  /// Those that may give way to another of their name.
  private var implicit: Set<UpstreamName> = []
  private var oddities: [UpstreamName: [UnusualSetting]] = [:]
  private var kinds: Set<Options.Kind> = []
  /// Upstreams of nginx that have a checker in the YAML file, which goes before that of nginx's Lua.
  private let outranked: Set<UpstreamName>

  init(diagnostics: Diagnostics, defaults: Options, outranked: Set<UpstreamName> = []) {
    self.diagnostics = diagnostics
    self.defaults = defaults
    self.outranked = outranked
  }

  /// nginx's upstreams, then the checkers that its Lua has for them.
  mutating func add(_ nginx: NginxDraft) {
    let blocks = Set(nginx.upstreams.lazy.filter { !$0.isImplicit }.map(\.name))
    for upstream in nginx.upstreams {
      // A block may be named like an address: who asks for the name gets the block.
      if upstream.isImplicit, blocks.contains(upstream.name) { continue }
      add(upstream)
    }
    for call in nginx.calls { add(call, isWhole: !nginx.hasProblems) }
  }

  private mutating func add(_ upstream: NginxUpstream) {
    oddities[upstream.name, default: []] += upstream.oddities
    var settings = UpstreamSettings(
      name: upstream.name, check: .none, peers: upstream.peers, origin: Origin(upstream.location))
    settings.following = Following(defaults)
    if let first = indices[upstream.name] {
      let valueError = Self.twice(settings, upstreams[first])
      oddities[upstream.name, default: []].append(
        UnusualSetting(upstream.location, valueError, otherwise: "the first one is shown"))
      return
    }
    append(settings)
    if upstream.isImplicit { implicit.insert(upstream.name) }
  }

  private mutating func add(_ call: CheckerCall, isWhole: Bool) {
    let reader = CheckerCallReader(diagnostics: diagnostics)
    if let name = call.upstream, outranked.contains(name) {
      diagnostics.weighing(.notice) {
        if let (_, options) = reader.read(call) { _ = check(options, .lua, call.location) }
      }
      diagnostics.notice(
        call.location, "the checker of \"\(name)\" is that of the YAML file, which goes before this one")
      return
    }
    let told = diagnostics.told
    defer {
      // Should the two ever see a call differently, it is not lost in silence.
      if let refusal = call.refusal, diagnostics.told == told {
        diagnostics.problem(
          call.location, "spawn_checker refuses this call (\(refusal.rawValue))",
          remedy: "correct its options")
      }
    }
    diagnostics.weighing(call.weight) {
      guard let (draft, options) = reader.read(call) else { return }
      let check = check(options, .lua, call.location)
      let remedy = "add upstream = \"NAME\""
      guard let name = name(draft, isShown: check == Check.none, call.location, remedy: remedy) else {
        return
      }
      guard indices[name] != nil else {
        if isWhole { notFound(name, call) }
        return
      }
      // A call that was refused has told why.
      if call.refusal == nil { setCheck(check, options, of: name, call.location) }
    }
  }

  private func notFound(_ name: UpstreamName, _ call: CheckerCall) {
    let nearest = Suggestion.nearest(to: name.text, among: upstreams.map(\.name.text))
    diagnostics.problem(
      call.location, "upstream \"\(name)\" not found",
      remedy: nearest.map { "did you mean \"\($0)\"?" }
        ?? "add upstream \(name) { server …; } or remove the call")
  }

  /// Tells why it is not known which checkers the Lua would have started, unless every upstream of nginx has one that is
  /// known, or is said in YAML to have none.
  func judge(_ nginx: NginxDraft) {
    guard !nginx.luaFaults.isEmpty else { return }
    let open = nginx.upstreams.filter { !$0.isImplicit && checkers[$0.name] == nil }.map(\.name)
    let names = open.prefix(5).map(\.text).joined(separator: ", ") + (open.count > 5 ? ", …" : "")
    for valueError in nginx.luaFaults {
      diagnostics.weighing(open.isEmpty ? .notice : .problem) {
        diagnostics.problem(
          valueError.location, valueError.what,
          remedy: valueError.remedy
            + "; or give \(names) a checker or type: none in a YAML file beside \"nginx: FILE\": "
            + YamlInstead.checker(open.first?.text ?? "NAME"))
      }
    }
  }

  /// An entry of the YAML file. One without peers is a checker for an upstream of nginx.
  mutating func add(_ draft: UpstreamDraft, nginxIsWhole: Bool) {
    let check = check(draft)
    let isShown = check == Check.none
    guard let name = name(draft.name, isShown: isShown, draft.location, remedy: "add upstream: NAME")
    else { return }
    if let peers = draft.peers {
      if let check { PeerOverrideCheck(diagnostics: diagnostics).tell(peers, check) }
      var upstream = UpstreamSettings(
        name: name, check: check ?? .none, peers: peers, origin: Origin(draft.location))
      upstream.file = draft.file
      upstream.following = Following(draft.options.over(defaults))
      add(upstream, isChecked: check != Check.none)
    } else if indices[name] != nil {
      setCheck(check, draft.options, of: name, draft.location)
    } else if nginxIsWhole {
      diagnostics.problem(
        draft.location, "upstream \"\(name)\" has no peers", remedy: "add peers: [127.0.0.1:80]")
    }
  }

  /// An upstream that a file of ours or a flag writes out.
  private mutating func add(_ upstream: UpstreamSettings, isChecked: Bool) {
    let name = upstream.name
    let location = upstream.origin.location
    if let index = indices[name] {
      guard implicit.contains(name), checkers[name] == nil else {
        let valueError = Self.twice(upstream, upstreams[index])
        diagnostics.problem(location, valueError)
        return
      }
      implicit.remove(name)
      oddities[name] = nil
      upstreams[index] = withoutClashes(upstream)
    } else {
      append(upstream)
    }
    checkers[name] = location
    if isChecked { wanted.insert(name) }
  }

  /// - Parameter isShown: nobody checks the upstream, so that more names do.
  private func name(
    _ draft: DraftName, isShown: Bool, _ location: SourceLocation, remedy: String
  ) -> UpstreamName? {
    switch draft {
    case .good(let name): return name
    case .shown(let name, let location):
      if isShown { return name }
      diagnostics.problem(location, Names.cannotBeChecked(name))
      return nil
    case .bad: return nil
    case .missing:
      diagnostics.problem(location, "no upstream specified", remedy: remedy)
      return nil
    }
  }

  private mutating func check(_ options: Options, _ dialect: Dialect, _ location: SourceLocation) -> Check? {
    if let kind = options.kind ?? defaults.kind { kinds.insert(kind) }
    return CheckBuilder(diagnostics: diagnostics, dialect: dialect).check(
      options, defaults: defaults, at: location)
  }

  /// Of an entry with several checks, what each of them is.
  private mutating func check(_ draft: UpstreamDraft) -> Check? {
    guard let checks = draft.checks else { return check(draft.options, .yaml, draft.location) }
    let kinds = checks.compactMap { $0.options.kind ?? draft.options.kind ?? defaults.kind }
    self.kinds.formUnion(kinds)
    return CheckListBuilder(diagnostics: diagnostics, defaults: defaults).check(checks, of: draft)
  }

  private mutating func setCheck(
    _ check: Check?, _ options: Options, of name: UpstreamName, _ location: SourceLocation
  ) {
    if let first = checkers[name] {
      diagnostics.problem(
        location, "upstream \"\(name)\" has a checker already (\(first))",
        remedy: "remove one: two checkers would count into the same streaks")
      return
    }
    checkers[name] = location
    if check != Check.none { wanted.insert(name) }
    guard let index = indices[name] else { return }
    upstreams[index].following = Following(options.over(defaults))
    if let check { upstreams[index].check = check }
  }

  /// The peers of the flags make an upstream of their own, by `defaults` or else over plain TCP.
  mutating func add(peers texts: [String]) {
    guard !texts.isEmpty, let name = UpstreamName("default") else { return }
    let location = SourceLocation(flag: "--peer")
    let peers = texts.compactMap { text in
      diagnostics.value(location) { () throws(ValueError) in
        PeerSettings(address: try PeerAddress.parse(text), origin: Origin(location))
      }
    }
    var own = Options()
    if defaults.locations[.type] == nil { own.kind = .tcp }
    let check = check(own, .yaml, location)
    var upstream = UpstreamSettings(name: name, check: check ?? .none, peers: peers, origin: Origin(location))
    upstream.following = Following(defaults)
    add(upstream, isChecked: check != Check.none)
  }

  private mutating func append(_ upstream: UpstreamSettings) {
    indices[upstream.name] = upstreams.count
    upstreams.append(withoutClashes(upstream))
  }

  private static func twice(_ upstream: UpstreamSettings, _ first: UpstreamSettings) -> ValueError {
    ValueError(
      what: "upstream \"\(upstream.name)\" is configured already (\(first.origin.location))",
      remedy: "rename or remove one of them")
  }

  /// Primaries first; of peers with one name, the first.
  private mutating func withoutClashes(_ upstream: UpstreamSettings) -> UpstreamSettings {
    var locations: [PeerName: SourceLocation] = [:]
    var sorted = upstream
    sorted.peers = []
    for peer in upstream.peers {
      guard let name = peer.address.peerName else {
        sorted.peers.append(peer)
        continue
      }
      if let valueError = UpstreamSettings.clash(name, in: upstream.name, first: locations[name]) {
        oddities[upstream.name, default: []].append(
          UnusualSetting(peer.origin.location, valueError, otherwise: "it is shown once"))
        continue
      }
      locations[name] = peer.origin.location
      sorted.peers.append(peer)
    }
    sorted.peers = sorted.peers.filter { $0.role == .primary } + sorted.peers.filter { $0.role == .backup }
    return sorted
  }

  /// The list, with what concerns all of it checked.
  mutating func finished() -> [UpstreamSettings] {
    for upstream in upstreams {
      for oddity in oddities[upstream.name] ?? [] {
        if wanted.contains(upstream.name) {
          diagnostics.problem(oddity.location, oddity.valueError)
        } else {
          diagnostics.notice(oddity.location, oddity.notice)
        }
      }
    }
    DefaultsCheck(diagnostics: diagnostics).tell(defaults, usedWith: kinds)
    upstreams = UpstreamLimits(diagnostics: diagnostics).fitting(upstreams)
    return upstreams
  }
}

/// What is said of options under `defaults:` that no upstream has taken up.
struct DefaultsCheck {
  let diagnostics: Diagnostics

  /// - Parameter kinds: the types of all upstreams.
  func tell(_ defaults: Options, usedWith kinds: Set<Options.Kind>) {
    var kinds = kinds
    if let own = defaults.kind { kinds.insert(own) }
    for (name, location) in defaults.locations {
      let hasEffect = kinds.isEmpty || kinds.contains { name.hasEffect(with: $0) }
      if hasEffect {
        diagnostics.tell(defaults.diagnostics[name] ?? [])
      } else {
        let types = kinds.map(\.rawValue).sorted().joined(separator: ", ")
        diagnostics.notice(location, "\"\(name.rawValue)\" has no effect: the upstreams have type \(types)")
      }
    }
  }
}
