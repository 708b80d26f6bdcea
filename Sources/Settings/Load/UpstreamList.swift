import Health

/// The upstreams of all sources, in order, each name once.
struct UpstreamList {
  private let findings: Findings
  private let defaults: Options
  private var upstreams: [UpstreamSettings] = []
  private var indices: [UpstreamName: Int] = [:]
  /// Where each upstream's checker stands.
  private var checkers: [UpstreamName: Place] = [:]

  init(findings: Findings, defaults: Options) {
    self.findings = findings
    self.defaults = defaults
  }

  /// nginx's upstreams, then the checkers that its Lua has for them.
  mutating func add(_ nginx: NginxDraft) {
    for upstream in nginx.upstreams {
      append(
        UpstreamSettings(
          name: upstream.name, check: .none, peers: upstream.peers, origin: Origin(upstream.place)))
    }
    for call in nginx.calls { add(call, isWhole: !nginx.hasProblems) }
  }

  private mutating func add(_ call: CheckerCall, isWhole: Bool) {
    let check = CheckBuilder(findings: findings, dialect: .lua).check(
      call.options, defaults: defaults, at: call.place)
    guard let name = name(call.upstream, call.place, remedy: "add upstream = \"NAME\"") else { return }
    guard indices[name] != nil else {
      if isWhole {
        let nearest = Suggestion.nearest(to: name.text, among: upstreams.map(\.name.text))
        findings.problem(
          call.place, "upstream \"\(name)\" not found",
          remedy: nearest.map { "did you mean \"\($0)\"?" }
            ?? "add upstream \(name) { server …; } or remove the call")
      }
      return
    }
    setCheck(check, of: name, call.place)
  }

  /// An entry of the YAML file. One without peers is a checker for an upstream of nginx.
  mutating func add(_ draft: UpstreamDraft, nginxIsWhole: Bool) {
    let check = CheckBuilder(findings: findings, dialect: .yaml).check(
      draft.options, defaults: defaults, at: draft.place)
    guard let name = name(draft.name, draft.place, remedy: "add upstream: NAME") else { return }
    if let peers = draft.peers {
      append(
        UpstreamSettings(
          name: name, check: check ?? .none, peers: peers, origin: Origin(draft.place)))
      checkers[name] = checkers[name] ?? draft.place
    } else if indices[name] != nil {
      setCheck(check, of: name, draft.place)
    } else if nginxIsWhole {
      findings.problem(
        draft.place, "upstream \"\(name)\" has no peers", remedy: "add peers: [127.0.0.1:80]")
    }
  }

  private func name(_ draft: DraftName, _ place: Place, remedy: String) -> UpstreamName? {
    switch draft {
    case .good(let name): return name
    case .bad: return nil
    case .missing:
      findings.problem(place, "no upstream specified", remedy: remedy)
      return nil
    }
  }

  private mutating func setCheck(_ check: Check?, of name: UpstreamName, _ place: Place) {
    if let first = checkers[name] {
      findings.problem(
        place, "upstream \"\(name)\" has a checker already (\(first))",
        remedy: "remove one: two checkers would count into the same streaks")
      return
    }
    checkers[name] = place
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
    let check = CheckBuilder(findings: findings, dialect: .yaml).check(own, defaults: defaults, at: place)
    append(UpstreamSettings(name: name, check: check ?? .none, peers: peers, origin: Origin(place)))
  }

  private mutating func append(_ upstream: UpstreamSettings) {
    if let first = indices[upstream.name] {
      findings.problem(
        upstream.origin.place,
        "upstream \"\(upstream.name)\" is configured already (\(upstreams[first].origin.place))",
        remedy: "rename or remove one of them")
      return
    }
    indices[upstream.name] = upstreams.count
    upstreams.append(withoutClashes(upstream))
  }

  /// Primaries first; of peers with one name, the first.
  private func withoutClashes(_ upstream: UpstreamSettings) -> UpstreamSettings {
    var places: [PeerName: Place] = [:]
    let kept = upstream.peers.filter { peer in
      guard let name = peer.address.peerName else { return true }
      if let fault = UpstreamSettings.clash(name, in: upstream.name, first: places[name]) {
        findings.problem(peer.origin.place, fault)
        return false
      }
      places[name] = peer.origin.place
      return true
    }
    var sorted = upstream
    sorted.peers = kept.filter { $0.role == .primary } + kept.filter { $0.role == .backup }
    return sorted
  }

  /// The list, with what concerns all of it checked.
  func finished() -> [UpstreamSettings] {
    if upstreams.count > Limits.upstreams {
      findings.problem(
        upstreams[Limits.upstreams].origin.place, "there are \(upstreams.count) upstreams",
        remedy: "one node checks at most \(Limits.upstreams)")
    }
    let peers = upstreams.reduce(0) { $0 + $1.peers.count }
    if peers > Limits.peers, let last = upstreams.last {
      findings.problem(
        last.origin.place, "the upstreams have \(peers) peers",
        remedy: "one node checks at most \(Limits.peers)")
    }
    let later = upstreams.filter { if case .https = $0.check { true } else { false } }
    if let first = later.first {
      let names = later.prefix(5).map(\.name.text).joined(separator: ", ") + (later.count > 5 ? ", …" : "")
      findings.notice(
        checkers[first.name] ?? first.origin.place,
        "https probes are not available yet: shown without a checker: \(names)")
    }
    return upstreams
  }
}
