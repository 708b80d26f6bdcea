import Health

/// Reads `upstream NAME { server …; … }`.
struct UpstreamBlock {
  let diagnostics: Diagnostics

  /// Nil when it has no name that could be shown.
  func read(_ directive: NginxDirective) -> NginxUpstream? {
    guard case .block(let children) = directive.body, directive.arguments.count == 1,
      let word = directive.arguments.first
    else {
      diagnostics.problem(
        directive.location, "invalid number of arguments in \"upstream\" directive",
        remedy: "write upstream NAME { server ADDRESS; }")
      return nil
    }
    guard let name = name(directive, word) else { return nil }
    var upstream = NginxUpstream(name: name, location: directive.location, peers: [])
    let servers = children.filter { $0.name.text == "server" }
    for server in servers { self.server(server, of: &upstream) }
    if servers.isEmpty {
      upstream.oddities.append(
        UnusualSetting(
          directive.location,
          ValueError(
            what: "no servers are inside upstream \"\(Quoting.short(word.text))\"",
            remedy: "add server ADDRESS; or remove the upstream"),
          otherwise: "it is shown without peers"))
    }
    return upstream
  }

  /// A name that cannot even be shown is no problem as long as nobody can mean it: a call that names it is one.
  private func name(_ directive: NginxDirective, _ word: NginxWord) -> UpstreamName? {
    do throws(ValueError) {
      return try Names.upstream(directive.text(word))
    } catch {
      diagnostics.notice(
        directive.location(word), "\(error.what); the upstream is left out, and cannot be checked")
      return nil
    }
  }

  private func server(_ directive: NginxDirective, of upstream: inout NginxUpstream) {
    let leftOut = "the server is left out"
    guard case .none = directive.body, let word = directive.arguments.first else {
      let valueError = ValueError(
        what: "invalid number of arguments in \"server\" directive", remedy: "write server ADDRESS;")
      upstream.oddities.append(UnusualSetting(directive.location, valueError, otherwise: leftOut))
      return
    }
    do throws(ValueError) {
      let address = try PeerAddress.parse(directive.text(word))
      var peer = PeerSettings(address: address, origin: Origin(directive.location(word)))
      if let service = apply(directive.arguments.dropFirst(), directive, to: &peer) {
        let valueError = ValueError(
          what: "SRV records are not looked up", remedy: "write server NAME:PORT instead")
        upstream.oddities.append(UnusualSetting(service, valueError, otherwise: leftOut))
      } else {
        upstream.peers.append(peer)
        upstream.limits.append(ServerLimits(directive.arguments.map(\.text)))
      }
    } catch {
      upstream.oddities.append(UnusualSetting(directive.location(word), error, otherwise: leftOut))
    }
  }

  /// Weights and limits are for nginx's own balancing; only Lua may ask for them. Returns where an SRV record is asked for.
  private func apply(
    _ parameters: ArraySlice<NginxWord>, _ directive: NginxDirective, to peer: inout PeerSettings
  ) -> SourceLocation? {
    for parameter in parameters {
      switch parameter.text {
      case "backup": peer.role = .backup
      case "down": peer.startsDown = true
      case "resolve":
        diagnostics.notice(
          directive.location(parameter),
          "\"resolve\" is not followed: names are looked up at start and reload")
      case let text where text.hasPrefix("service="): return directive.location(parameter)
      default: break
      }
    }
    return nil
  }
}
