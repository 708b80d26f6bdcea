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
      let service = apply(directive.arguments.dropFirst(), to: &peer)
      if let service, let valueError = self.service(service, word, directive, of: &peer) {
        upstream.oddities.append(
          UnusualSetting(directive.location(service), valueError, otherwise: leftOut))
      } else {
        upstream.peers.append(peer)
        upstream.limits.append(ServerLimits(directive.arguments.map(\.text)))
      }
    } catch {
      upstream.oddities.append(UnusualSetting(directive.location(word), error, otherwise: leftOut))
    }
  }

  /// Weights and limits are for nginx's own balancing; only Lua may ask for them. Without `resolve` nginx looks a name up
  /// when it reads its configuration, and never again. Returns the parameter that asks for SRV records.
  private func apply(_ parameters: ArraySlice<NginxWord>, to peer: inout PeerSettings) -> NginxWord? {
    var service: NginxWord?
    var isFollowed = false
    for parameter in parameters {
      switch parameter.text {
      case "backup": peer.role = .backup
      case "down": peer.startsDown = true
      case "resolve": isFollowed = true
      case let text where text.hasPrefix("service="): service = parameter
      default: break
      }
    }
    if case .host = peer.address { peer.isFollowed = isFollowed }
    return service
  }

  /// Makes the peer a service, named as nginx names it: `service=http` means `_http._tcp` before the host's name, and what
  /// has a dot in it stands there as it is. Returns why nginx would refuse it.
  private func service(
    _ parameter: NginxWord, _ word: NginxWord, _ directive: NginxDirective, of peer: inout PeerSettings
  ) -> ValueError? {
    guard case .host(let host, _) = peer.address, !word.text.contains(":") else {
      return ValueError(
        what: "\"service\" wants a name without a port", remedy: "write server NAME service=http resolve;")
    }
    guard peer.isFollowed else {
      return ValueError(
        what: "\"service\" wants \"resolve\" beside it", remedy: "write server NAME service=http resolve;")
    }
    do throws(ValueError) {
      let name = String(try directive.text(parameter).dropFirst("service=".count))
      if name.isEmpty {
        return ValueError(what: "\"service\" has no name", remedy: "write service=http or service=_http._tcp")
      }
      peer.address = try .parse(service: name.contains(".") ? "\(name).\(host)" : "_\(name)._tcp.\(host)")
      return nil
    } catch {
      return error
    }
  }
}
