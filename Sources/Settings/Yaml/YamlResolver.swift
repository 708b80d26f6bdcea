import Addresses
import Health

/// Reads `resolver:`, one name server or a list of them, as nginx writes them.
struct YamlResolver {
  let diagnostics: Diagnostics

  private static let wanted = "write ip or ip:port, like 10.0.0.2 or 127.0.0.1:5353"

  /// Nil after a problem.
  func read(_ value: Value) -> [HostPort]? {
    switch value.content {
    case .none, .unreadable: return nil
    case .scalar: return servers([value], value)
    case .list(let values): return servers(values, value)
    case .map:
      diagnostics.problem(
        value.location, "\"resolver\" is a mapping", remedy: "write a list: [127.0.0.1:5353, 10.0.0.2]")
      return nil
    }
  }

  private func servers(_ values: [Value], _ whole: Value) -> [HostPort]? {
    guard values.count <= Limits.resolvers else {
      diagnostics.problem(
        whole.location, "resolver has \(values.count) addresses", remedy: "give at most \(Limits.resolvers)")
      return nil
    }
    let servers = values.compactMap { server($0) }
    return servers.count == values.count ? servers : nil
  }

  private func server(_ value: Value) -> HostPort? {
    guard case .scalar(let scalar) = value.content else {
      if case .unreadable = value.content { return nil }
      diagnostics.problem(
        value.location, "an entry of \"resolver\" is \(value.kind)", remedy: Self.wanted)
      return nil
    }
    return diagnostics.value(value.location) { () throws(ValueError) in
      try HiddenCharacters.refuse(in: scalar.text, "resolver")
      let server = try HostPort(reading: scalar.text, ports: 1...65535, wanted: Self.wanted)
      guard case .ip = server.host else {
        throw ValueError(
          what: "resolver \"\(Quoting.short(scalar.text))\" is a name, which nobody could look up",
          remedy: Self.wanted)
      }
      return server
    }
  }
}
