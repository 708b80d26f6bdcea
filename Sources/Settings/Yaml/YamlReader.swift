import Addresses
import Health

/// Reads the document of a YAML file.
struct YamlReader {
  let diagnostics: Diagnostics

  private static let keys = [
    "namespace", "node", "redis", "listen", "allow", "nginx", "heartbeat", "lease", "member_expiry",
    "resolver",
    "max_connections", "max_event_streams", "defaults", "upstreams",
  ]

  func read(_ document: Value) -> YamlDraft {
    var draft = YamlDraft()
    switch document.content {
    case .none, .unreadable: return draft
    case .map(let entries):
      for entry in MapReader(diagnostics: diagnostics, what: "the settings", known: Self.keys).read(entries)
      where !entry.value.isNone {
        set(entry, &draft)
      }
    default:
      diagnostics.problem(
        document.location, "the settings are \(document.kind)",
        remedy: "write keys and values, like \"upstreams:\"")
    }
    return draft
  }

  private func set(_ entry: Entry, _ draft: inout YamlDraft) {
    let value = entry.value
    switch entry.key {
    case "allow":
      draft.allow = allow(value)
      draft.allowLocation = value.location
    case "resolver": draft.resolver = YamlResolver(diagnostics: diagnostics).read(value)
    case "defaults": draft.defaults = defaults(value)
    case "upstreams":
      draft.upstreams = upstreams(value)
      if case .list(let values) = value.content { draft.saysNone = values.isEmpty }
    default:
      guard let text = text(entry) else { return }
      setText(entry.key, text, value.location, &draft)
    }
  }

  private func setText(_ key: String, _ text: String, _ location: SourceLocation, _ draft: inout YamlDraft) {
    switch key {
    case "namespace":
      draft.namespace = diagnostics.value(location) { () throws(ValueError) in try Names.plain(text, key) }
    case "node":
      draft.node = diagnostics.value(location) { () throws(ValueError) in try Names.plain(text, key) }
    case "redis":
      draft.redis = diagnostics.value(location) { () throws(ValueError) in try RedisURL(reading: text) }
    case "listen":
      draft.listen = diagnostics.value(location) { () throws(ValueError) in try ListenAddress.parse(text) }
    case "nginx": draft.nginx = (text, location)
    case "heartbeat":
      draft.heartbeatMs = milliseconds(text, 100...60_000, key, location)
      draft.expiryLocation = draft.expiryLocation ?? location
    case "max_connections":
      draft.web.connections = diagnostics.value(location) { () throws(ValueError) in
        try Number.whole(text, in: WebSettings.connectionRange, key)
      }
    case "max_event_streams":
      draft.web.eventStreamsLocation = location
      draft.web.eventStreams = diagnostics.value(location) { () throws(ValueError) in
        try Number.whole(text, in: WebSettings.eventStreamRange, key)
      }
    case "lease": draft.leaseMs = milliseconds(text, 1000...600_000, key, location)
    default:
      draft.memberExpiryMs = milliseconds(text, 1000...600_000, key, location)
      draft.expiryLocation = location
    }
  }

  private func milliseconds(
    _ text: String, _ range: ClosedRange<Int>, _ name: String, _ location: SourceLocation
  ) -> Int? {
    diagnostics.value(location) { () throws(ValueError) in try Number.milliseconds(text, in: range, name) }
  }

  private func text(_ entry: Entry) -> String? {
    switch entry.value.content {
    case .scalar(let scalar): return scalar.text
    case .none, .unreadable: return nil
    case .list, .map:
      diagnostics.problem(
        entry.value.location, "\"\(entry.key)\" is \(entry.value.kind)", remedy: "write one value")
      return nil
    }
  }

  private func allow(_ value: Value) -> [Network]? {
    if case .unreadable = value.content { return nil }
    guard case .list(let values) = value.content else {
      diagnostics.problem(
        value.location, "\"allow\" is \(value.kind)", remedy: "write a list: [127.0.0.1/32, 10.0.0.0/8]")
      return nil
    }
    return values.compactMap { value in
      switch value.content {
      case .scalar(let scalar): return NetworkRule(diagnostics: diagnostics).read(scalar.text, value.location)
      case .unreadable: return nil
      case .none, .list, .map:
        diagnostics.problem(
          value.location, "an entry of \"allow\" is \(value.kind)",
          remedy: "write an address, a network or all")
        return nil
      }
    }
  }

  private func defaults(_ value: Value) -> Options {
    switch value.content {
    case .map(let entries):
      let known = OptionName.allCases.map(\.rawValue)
      let kept = MapReader(diagnostics: diagnostics, what: "defaults", known: known).read(entries)
      return OptionReader(diagnostics: diagnostics, dialect: .yaml).read(kept)
    case .none, .unreadable: return Options()
    case .scalar, .list:
      diagnostics.problem(
        value.location, "\"defaults\" is \(value.kind)", remedy: "write options and values, like {fall: 3}")
      return Options()
    }
  }

  private func upstreams(_ value: Value) -> [UpstreamDraft] {
    switch value.content {
    case .list(let values):
      return values.compactMap { YamlUpstream(diagnostics: diagnostics).read($0) }
    case .none, .unreadable: return []
    case .scalar, .map:
      diagnostics.problem(
        value.location, "\"upstreams\" is \(value.kind)",
        remedy: "write a list: each entry begins with \"- upstream: NAME\"")
      return []
    }
  }
}

/// One `allow` of YAML or nginx.
struct NetworkRule {
  let diagnostics: Diagnostics

  func read(_ text: String, _ location: SourceLocation) -> Network? {
    guard let network = Network(text) else {
      diagnostics.problem(
        location, "\"\(Quoting.short(text))\" is not an address or a network",
        remedy: "write 127.0.0.1, 10.0.0.0/8, ::1, 2001:db8::/32 or all")
      return nil
    }
    let host = { (whole: String) in whole.prefix { $0 != "/" } }
    if let given = IPAddress(host(text)), given.unmapped.text != host(network.description) {
      diagnostics.notice(
        location, "the low bits of \"\(Quoting.short(text))\" mean nothing: it is read as \(network)")
    }
    return network
  }
}
