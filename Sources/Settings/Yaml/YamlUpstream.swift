import Health

/// Reads one entry of `upstreams:`.
struct YamlUpstream {
  let diagnostics: Diagnostics

  private static let keys =
    OptionName.allCases.map(\.rawValue) + ["upstream", "peers", "backup", "srv", "peers_file", "checks"]

  /// Nil when it is no mapping.
  func read(_ value: Value) -> UpstreamDraft? {
    guard case .map(let all) = value.content else {
      if case .unreadable = value.content { return nil }
      diagnostics.problem(
        value.location, "an upstream is \(value.kind)",
        remedy: "write options and values, beginning with \"upstream: NAME\"")
      return nil
    }
    let entries = MapReader(diagnostics: diagnostics, what: "an upstream", known: Self.keys).read(all)
      .filter { !$0.value.isNone }
    let options = OptionReader(diagnostics: diagnostics, dialect: .yaml).read(entries)
    let primaries = entries.first { $0.key == "peers" }.map { peers($0, .primary) }
    let backups = entries.first { $0.key == "backup" }.map { peers($0, .backup) }
    let services = entries.first { $0.key == "srv" }.map { service($0) }
    let file = entries.first { $0.key == "peers_file" }.map {
      PeersFileReader(diagnostics: diagnostics).named($0)
    }
    let name = DraftName(entries.first { $0.key == "upstream" }?.value, diagnostics)
    let checks = entries.first { $0.key == "checks" }.flatMap {
      YamlChecks(diagnostics: diagnostics).read($0)
    }
    let parts = [primaries, services, backups].compactMap(\.self)
    return UpstreamDraft(
      name: name, location: value.location, options: options, checks: checks,
      peers: parts.isEmpty && file == nil ? nil : parts.flatMap(\.self), file: file ?? nil)
  }

  /// `srv: NAME`, the same as `peers: [{srv: NAME}]`.
  private func service(_ entry: Entry) -> [PeerSettings] {
    guard case .scalar(let scalar) = entry.value.content else {
      if case .unreadable = entry.value.content { return [] }
      diagnostics.problem(
        entry.value.location, "\"srv\" is \(entry.value.kind)",
        remedy: "write one name; several stand under peers: [{srv: NAME}, {srv: NAME}]")
      return []
    }
    return service(scalar.text, .primary, entry.value.location).map { [$0] } ?? []
  }

  private func service(_ name: String, _ role: Role, _ location: SourceLocation) -> PeerSettings? {
    diagnostics.value(location) { () throws(ValueError) in
      PeerSettings(address: try PeerAddress.parse(service: name), role: role, origin: Origin(location))
    }
  }

  private func peers(_ entry: Entry, _ role: Role) -> [PeerSettings] {
    switch entry.value.content {
    case .list(let values): return values.compactMap { peer($0, role) }
    case .none, .unreadable: return []
    case .scalar, .map:
      diagnostics.problem(
        entry.value.location, "\"\(entry.key)\" is \(entry.value.kind)",
        remedy: "write a list: \(entry.key): [127.0.0.1:80, 127.0.0.1:81]")
      return []
    }
  }

  private func peer(_ value: Value, _ role: Role) -> PeerSettings? {
    switch value.content {
    case .scalar(let scalar): return peer(scalar.text, role, value.location)
    case .map(let entries): return peer(entries, role, value.location)
    case .unreadable: return nil
    case .none, .list:
      diagnostics.problem(
        value.location, "a peer is \(value.kind)",
        remedy: "write ip:port, or {server: \"ip:port\", down: true}; IPv6 in quotes: \"[::1]:80\"")
      return nil
    }
  }

  private func peer(_ address: String, _ role: Role, _ location: SourceLocation) -> PeerSettings? {
    diagnostics.value(location) { () throws(ValueError) in
      PeerSettings(address: try PeerAddress.parse(address), role: role, origin: Origin(location))
    }
  }

  private func peer(_ all: [Entry], _ role: Role, _ location: SourceLocation) -> PeerSettings? {
    let known = ["server", "srv", "down", "backup", "resolve"] + PeerOverrideReader.keys
    let entries = MapReader(diagnostics: diagnostics, what: "a peer", known: known).read(all)
    var peer: PeerSettings?
    var overrides = PeerOverrideReader(diagnostics: diagnostics)
    var (down, backup, isFollowed) = (false, role == .backup, true)
    for entry in entries where !entry.value.isNone {
      guard case .scalar(let scalar) = entry.value.content else {
        if case .unreadable = entry.value.content { continue }
        diagnostics.problem(
          entry.value.location, "\"\(entry.key)\" is \(entry.value.kind)", remedy: "write one value")
        continue
      }
      switch entry.key {
      case "server": peer = self.peer(scalar.text, role, entry.value.location)
      case "srv": peer = service(scalar.text, role, entry.value.location)
      case "resolve": isFollowed = !isOnce(scalar, entry)
      case "down": down = truth(scalar, entry) ?? down
      case let key where PeerOverrideReader.keys.contains(key): overrides.read(scalar.text, entry)
      default: backup = truth(scalar, entry) ?? backup
      }
    }
    switch all.count(where: { ["server", "srv"].contains($0.key) && !$0.value.isNone }) {
    case 0: diagnostics.problem(location, "a peer has no server", remedy: "add server: ip:port")
    case 1: break
    default:
      diagnostics.problem(location, "a peer has both server and srv", remedy: "make two peers of it")
    }
    peer?.isFollowed = isFollowed
    peer?.startsDown = down
    peer?.role = backup ? .backup : .primary
    peer?.overrides = overrides.overrides
    return peer
  }

  /// `resolve: once` at a peer: its name is not followed.
  private func isOnce(_ scalar: Scalar, _ entry: Entry) -> Bool {
    if scalar.text == "once" { return true }
    diagnostics.problem(
      entry.value.location, "resolve \"\(Quoting.short(scalar.text))\" is not known at a peer",
      remedy: "write resolve: once (looked up when the settings are read), or put all or first beside peers")
    return false
  }

  private func truth(_ scalar: Scalar, _ entry: Entry) -> Bool? {
    diagnostics.value(entry.value.location) { () throws(ValueError) in
      try OptionReader.truth(scalar.text, entry.key)
    }
  }
}
