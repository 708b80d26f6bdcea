import Health

/// Reads `upstream NAME { server …; … }`.
struct UpstreamBlock {
  let findings: Findings

  /// Nil when it has no good name.
  func read(_ directive: NginxDirective) -> NginxUpstream? {
    guard case .block(let children) = directive.body, directive.arguments.count == 1,
      let word = directive.arguments.first
    else {
      findings.problem(
        directive.place, "invalid number of arguments in \"upstream\" directive",
        remedy: "write upstream NAME { server ADDRESS; }")
      return nil
    }
    let servers = children.filter { $0.name.text == "server" }
    let peers = servers.compactMap { server($0) }
    if servers.isEmpty {
      findings.problem(
        directive.place, "no servers are inside upstream \"\(Quoting.short(word.text))\"",
        remedy: "add server ADDRESS; or remove the upstream")
    }
    let name = findings.value(directive.place(word)) { () throws(Fault) in try Names.upstream(word.text) }
    return name.map { NginxUpstream(name: $0, place: directive.place, peers: peers) }
  }

  /// Weights and limits are for nginx's own balancing and mean nothing here.
  private func server(_ directive: NginxDirective) -> PeerSettings? {
    guard case .none = directive.body, let word = directive.arguments.first else {
      findings.problem(
        directive.place, "invalid number of arguments in \"server\" directive",
        remedy: "write server ADDRESS;")
      return nil
    }
    let address = findings.value(directive.place(word)) { () throws(Fault) in try PeerAddress.parse(word.text)
    }
    guard let address else { return nil }
    var peer = PeerSettings(address: address, origin: Origin(directive.place(word)))
    for parameter in directive.arguments.dropFirst() {
      switch parameter.text {
      case "backup": peer.role = .backup
      case "down": peer.startsDown = true
      case "resolve":
        findings.notice(
          directive.place(parameter), "\"resolve\" is not followed: names are looked up at start and reload")
      case let text where text.hasPrefix("service="):
        findings.problem(
          directive.place(parameter), "SRV records are not looked up",
          remedy: "write server NAME:PORT instead")
      default: break
      }
    }
    return peer
  }
}
