import Health

/// The upstreams of all sources, in order, each name once.
struct UpstreamList {
  private let findings: Findings
  private let defaults: Options
  private var upstreams: [UpstreamSettings] = []
  private var indices: [UpstreamName: Int] = [:]
  /// Where each upstream's checker stands.
  private var checkers: [UpstreamName: Place] = [:]
  /// Those that somebody wants to be checked.
  private var wanted: Set<UpstreamName> = []
  /// Those that may give way to another of their name.
  private var implicit: Set<UpstreamName> = []
  private var oddities: [UpstreamName: [Oddity]] = [:]
  private var kinds: Set<Options.Kind> = []
  /// Upstreams of nginx that have a checker in the YAML file, which goes before that of nginx's Lua.
  private let outranked: Set<UpstreamName>

  init(findings: Findings, defaults: Options, outranked: Set<UpstreamName> = []) {
    self.findings = findings
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
    let settings = UpstreamSettings(
      name: upstream.name, check: .none, peers: upstream.peers, origin: Origin(upstream.place))
    if let first = indices[upstream.name] {
      let fault = Self.twice(settings, upstreams[first])
      oddities[upstream.name, default: []].append(
        Oddity(upstream.place, fault, otherwise: "the first one is shown"))
      return
    }
    append(settings)
    if upstream.isImplicit { implicit.insert(upstream.name) }
  }

  private mutating func add(_ call: CheckerCall, isWhole: Bool) {
    let reader = CheckerCallReader(findings: findings)
    if let name = call.upstream, outranked.contains(name) {
      findings.weighing(.notice) {
        if let (_, options) = reader.read(call) { _ = check(options, .lua, call.place) }
      }
      findings.notice(
        call.place, "the checker of \"\(name)\" is that of the YAML file, which goes before this one")
      return
    }
    let told = findings.told
    defer {
      // Should the two ever see a call differently, it is not lost in silence.
      if let refusal = call.refusal, findings.told == told {
        findings.problem(
          call.place, "spawn_checker refuses this call (\(refusal.rawValue))", remedy: "correct its options")
      }
    }
    findings.weighing(call.weight) {
      guard let (draft, options) = reader.read(call) else { return }
      let check = check(options, .lua, call.place)
      let remedy = "add upstream = \"NAME\""
      guard let name = name(draft, isShown: check == Check.none, call.place, remedy: remedy) else { return }
      guard indices[name] != nil else {
        if isWhole { notFound(name, call) }
        return
      }
      // A call that was refused has told why.
      if call.refusal == nil { setCheck(check, of: name, call.place) }
    }
  }

  private func notFound(_ name: UpstreamName, _ call: CheckerCall) {
    let nearest = Suggestion.nearest(to: name.text, among: upstreams.map(\.name.text))
    findings.problem(
      call.place, "upstream \"\(name)\" not found",
      remedy: nearest.map { "did you mean \"\($0)\"?" }
        ?? "add upstream \(name) { server …; } or remove the call")
  }

  /// Tells why it is not known which checkers the Lua would have started, unless every upstream of nginx has one that is
  /// known, or is said in YAML to have none.
  func judge(_ nginx: NginxDraft) {
    guard !nginx.luaFaults.isEmpty else { return }
    let open = nginx.upstreams.filter { !$0.isImplicit && checkers[$0.name] == nil }.map(\.name)
    let names = open.prefix(5).map(\.text).joined(separator: ", ") + (open.count > 5 ? ", …" : "")
    for fault in nginx.luaFaults {
      findings.weighing(open.isEmpty ? .notice : .problem) {
        findings.problem(
          fault.place, fault.what,
          remedy: fault.remedy
            + "; or give \(names) a checker or type: none in a YAML file beside \"nginx: FILE\": "
            + YamlInstead.checker(open.first?.text ?? "NAME"))
      }
    }
  }

  /// An entry of the YAML file. One without peers is a checker for an upstream of nginx.
  mutating func add(_ draft: UpstreamDraft, nginxIsWhole: Bool) {
    let check = check(draft.options, .yaml, draft.place)
    let isShown = check == Check.none
    guard let name = name(draft.name, isShown: isShown, draft.place, remedy: "add upstream: NAME")
    else { return }
    if let peers = draft.peers {
      add(peers, check, name, draft.place)
    } else if indices[name] != nil {
      setCheck(check, of: name, draft.place)
    } else if nginxIsWhole {
      findings.problem(
        draft.place, "upstream \"\(name)\" has no peers", remedy: "add peers: [127.0.0.1:80]")
    }
  }

  /// An upstream that a file of ours or a flag writes out.
  private mutating func add(
    _ peers: [PeerSettings], _ check: Check?, _ name: UpstreamName, _ place: Place
  ) {
    let upstream = UpstreamSettings(name: name, check: check ?? .none, peers: peers, origin: Origin(place))
    if let index = indices[name] {
      guard implicit.contains(name), checkers[name] == nil else {
        let fault = Self.twice(upstream, upstreams[index])
        findings.problem(place, fault)
        return
      }
      implicit.remove(name)
      oddities[name] = nil
      upstreams[index] = withoutClashes(upstream)
    } else {
      append(upstream)
    }
    checkers[name] = place
    if check != Check.none { wanted.insert(name) }
  }

  /// - Parameter isShown: nobody checks the upstream, so that more names do.
  private func name(
    _ draft: DraftName, isShown: Bool, _ place: Place, remedy: String
  ) -> UpstreamName? {
    switch draft {
    case .good(let name): return name
    case .shown(let name, let place):
      if isShown { return name }
      findings.problem(place, Names.cannotBeChecked(name))
      return nil
    case .bad: return nil
    case .missing:
      findings.problem(place, "no upstream specified", remedy: remedy)
      return nil
    }
  }

  private mutating func check(_ options: Options, _ dialect: Dialect, _ place: Place) -> Check? {
    if let kind = options.kind ?? defaults.kind { kinds.insert(kind) }
    return CheckBuilder(findings: findings, dialect: dialect).check(options, defaults: defaults, at: place)
  }

  private mutating func setCheck(_ check: Check?, of name: UpstreamName, _ place: Place) {
    if let first = checkers[name] {
      findings.problem(
        place, "upstream \"\(name)\" has a checker already (\(first))",
        remedy: "remove one: two checkers would count into the same streaks")
      return
    }
    checkers[name] = place
    if check != Check.none { wanted.insert(name) }
    if let check, let index = indices[name] { upstreams[index].check = check }
  }

  /// The peers of the flags make an upstream of their own, by `defaults` or else over plain TCP.
  mutating func add(peers texts: [String]) {
    guard !texts.isEmpty, let name = UpstreamName("default") else { return }
    let place = Place(flag: "--peer")
    let peers = texts.compactMap { text in
      findings.value(place) { () throws(Fault) in
        PeerSettings(address: try PeerAddress.parse(text), origin: Origin(place))
      }
    }
    var own = Options()
    if defaults.places[.type] == nil { own.kind = .tcp }
    add(peers, check(own, .yaml, place), name, place)
  }

  private mutating func append(_ upstream: UpstreamSettings) {
    indices[upstream.name] = upstreams.count
    upstreams.append(withoutClashes(upstream))
  }

  private static func twice(_ upstream: UpstreamSettings, _ first: UpstreamSettings) -> Fault {
    Fault(
      what: "upstream \"\(upstream.name)\" is configured already (\(first.origin.place))",
      remedy: "rename or remove one of them")
  }

  /// Primaries first; of peers with one name, the first.
  private mutating func withoutClashes(_ upstream: UpstreamSettings) -> UpstreamSettings {
    var places: [PeerName: Place] = [:]
    var sorted = upstream
    sorted.peers = []
    for peer in upstream.peers {
      guard let name = peer.address.peerName else {
        sorted.peers.append(peer)
        continue
      }
      if let fault = UpstreamSettings.clash(name, in: upstream.name, first: places[name]) {
        oddities[upstream.name, default: []].append(
          Oddity(peer.origin.place, fault, otherwise: "it is shown once"))
        continue
      }
      places[name] = peer.origin.place
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
          findings.problem(oddity.place, oddity.fault)
        } else {
          findings.notice(oddity.place, oddity.notice)
        }
      }
    }
    DefaultsCheck(findings: findings).tell(defaults, usedWith: kinds)
    upstreams = UpstreamLimits(findings: findings).fitting(upstreams)
    noticeLater()
    return upstreams
  }

  private func noticeLater() {
    let later = upstreams.filter { if case .https = $0.check { true } else { false } }
    if let first = later.first {
      let names = later.prefix(5).map(\.name.text).joined(separator: ", ") + (later.count > 5 ? ", …" : "")
      findings.notice(
        checkers[first.name] ?? first.origin.place,
        "https probes are not available yet: shown without a checker: \(names)")
    }
  }
}

/// What is said of options under `defaults:` that no upstream has taken up.
struct DefaultsCheck {
  let findings: Findings

  /// - Parameter kinds: the types of all upstreams.
  func tell(_ defaults: Options, usedWith kinds: Set<Options.Kind>) {
    var kinds = kinds
    if let own = defaults.kind { kinds.insert(own) }
    for (name, place) in defaults.places {
      let hasEffect = kinds.isEmpty || kinds.contains { name.hasEffect(with: $0) }
      if hasEffect {
        findings.tell(defaults.findings[name] ?? [])
      } else {
        let types = kinds.map(\.rawValue).sorted().joined(separator: ", ")
        findings.notice(place, "\"\(name.rawValue)\" has no effect: the upstreams have type \(types)")
      }
    }
  }
}
