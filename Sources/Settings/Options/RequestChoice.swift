import Health

/// What is sent: a request that is written out, or one that is composed. An upstream says one of them; what `defaults`
/// say of the other one is left aside.
struct RequestChoice {
  enum Sent {
    case nothing, verbatim, composed
  }

  let diagnostics: Diagnostics
  let dialect: Dialect

  func choose(_ own: Options, _ defaults: Options) -> Sent {
    if let sent = choose(own) { return sent }
    return choose(defaults) ?? .nothing
  }

  private func choose(_ options: Options) -> Sent? {
    let part = OptionName.parts.first { options.locations[$0] != nil }
    guard options.locations[.request] != nil else { return part == nil ? nil : .composed }
    if let part, let location = options.locations[part] {
      diagnostics.problem(
        location, "\"\(part.rawValue)\" stands beside \"http_req\", which is sent as it is",
        remedy: dialect == .yaml
          ? "remove http_req to have a request composed, or \(part.rawValue)"
          : "remove \(part.rawValue), or give the upstream its checker in YAML")
    }
    return .verbatim
  }

  static func parts(_ options: Options) -> RequestParts {
    RequestParts(
      method: options.method ?? (options.body == nil ? "GET" : "POST"), path: options.path ?? "/",
      hostHeader: options.hostHeader, headers: options.headers ?? [], body: options.body ?? [])
  }
}
