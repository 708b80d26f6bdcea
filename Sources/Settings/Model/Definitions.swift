import Addresses
package import Health

/// Why the addresses of a host cannot be had.
package struct LookUpError: Error, Hashable, Sendable {
  /// What the system says: `Name or service not known`.
  package var text: String

  package init(_ text: String) {
    self.text = text
  }
}

/// Upstreams with the names of their hosts looked up.
package struct ResolvedUpstreams: Hashable, Sendable {
  /// In the order of the settings.
  package var definitions: [UpstreamDefinition] = []
  /// What was found odd about those that nobody checks.
  package var notices: [Notice] = []
}

extension NodeSettings {
  /// The definitions of all upstreams, with the names of hosts looked up, each name once; or every problem at once.
  ///
  /// - Parameter lookUp: the addresses of a host as text, in the order that peers shall have.
  package func definitions(
    lookUp: (String) throws(LookUpError) -> [String]
  ) -> Result<ResolvedUpstreams, Problems> {
    var resolution = Resolution()
    for upstream in upstreams { resolution.add(upstream, lookUp) }
    return resolution.finished()
  }

  /// The hosts that `definitions` asks for, each once.
  package var hosts: [String] {
    var known: Set<String> = []
    return upstreams.flatMap(\.peers).compactMap { peer in
      guard case .host(let host, _) = peer.address, known.insert(host).inserted else { return nil }
      return host
    }
  }
}

extension UpstreamSettings {
  /// The fault of a second peer with one name; nil when there is no first.
  static func clash(_ peer: PeerName, in upstream: UpstreamName, first: SourceLocation?) -> ValueError? {
    guard let first else { return nil }
    return ValueError(
      what: "peer \(peer) is in upstream \"\(upstream)\" already (\(first))",
      remedy: "remove one of them: what is known of a peer is kept under its name")
  }
}

/// Looks names up, and collects what comes of it. Where nobody checks an upstream, what is odd about it is a notice.
private struct Resolution {
  private var known = LookedUp()
  private var problems: [Problem] = []
  private var resolved = ResolvedUpstreams()
  /// Where each upstream of `resolved` stands, and whether it has a checker.
  private var origins: [(location: SourceLocation, isChecked: Bool)] = []

  mutating func add(_ upstream: UpstreamSettings, _ lookUp: (String) throws(LookUpError) -> [String]) {
    var definition = UpstreamDefinition(name: upstream.name, checker: upstream.checker, peers: [])
    var locations: [PeerName: SourceLocation] = [:]
    for peer in upstream.peers {
      do throws(ValueError) {
        for name in try known.names(of: peer.address, lookUp) {
          if let valueError = UpstreamSettings.clash(name, in: upstream.name, first: locations[name]) {
            tell(valueError, peer, of: upstream, otherwise: "it is shown once")
            continue
          }
          locations[name] = peer.origin.location
          definition.peers.append(
            PeerDefinition(
              name: name, role: peer.role, startsDown: peer.startsDown, overrides: peer.overrides))
        }
      } catch {
        tell(error, peer, of: upstream, otherwise: "it is left out")
      }
    }
    resolved.definitions.append(definition)
    origins.append((upstream.origin.location, upstream.check != .none))
  }

  private mutating func tell(
    _ valueError: ValueError, _ peer: PeerSettings, of upstream: UpstreamSettings, otherwise: String
  ) {
    if upstream.check == .none {
      let oddity = UnusualSetting(peer.origin.location, valueError, otherwise: otherwise)
      resolved.notices.append(Notice(oddity.location, oddity.notice))
    } else {
      problems.append(valueError.at(peer.origin.location))
    }
  }

  mutating func finished() -> Result<ResolvedUpstreams, Problems> {
    let checked = zip(resolved.definitions, origins).filter(\.1.isChecked)
    let peers = checked.reduce(0) { $0 + $1.0.peers.count }
    if let first = checked.first?.1.location, peers > Limits.peers {
      problems.append(
        Problem(
          first, "the upstreams have \(peers) peers with all addresses looked up",
          remedy: "at most \(Limits.peers) can be checked by one node"))
    }
    if !problems.isEmpty { return .failure(Problems(problems)) }
    leaveOut(beyond: Limits.peers - peers)
    return .success(resolved)
  }

  /// Peers that are only shown give way.
  private mutating func leaveOut(beyond most: Int) {
    var room = most
    for (index, origin) in origins.enumerated() where !origin.isChecked {
      let count = resolved.definitions[index].peers.count
      if count > room {
        resolved.definitions[index].peers = []
        resolved.notices.append(
          Notice(
            origin.location,
            "its peers are left out: there are more than \(Limits.peers) with all addresses looked up"))
      } else {
        room -= count
      }
    }
  }
}

/// The addresses of hosts that were looked up, so that each is asked for once.
private struct LookedUp {
  private var answers: [String: Result<[IPAddress], ValueError>] = [:]

  mutating func names(
    of address: PeerAddress, _ lookUp: (String) throws(LookUpError) -> [String]
  ) throws(ValueError) -> [PeerName] {
    guard case .host(let host, let port) = address else { return address.peerName.map { [$0] } ?? [] }
    let answer = answers[host] ?? Self.ask(host, lookUp)
    answers[host] = answer
    return try answer.get().map { PeerAddress.name($0, port) }
  }

  private static func ask(
    _ host: String, _ lookUp: (String) throws(LookUpError) -> [String]
  ) -> Result<[IPAddress], ValueError> {
    let texts: [String]
    do throws(LookUpError) {
      texts = try lookUp(host)
    } catch {
      return .failure(
        ValueError(
          what: "host not found: \"\(Quoting.short(host))\" (\(Quoting.short(error.text)))",
          remedy: "correct the name, or give the address itself"))
    }
    var addresses: [IPAddress] = []
    for text in texts {
      // A system may list one address for each kind of socket.
      if let address = IPAddress(text), !addresses.contains(address) { addresses.append(address) }
    }
    if addresses.isEmpty {
      return .failure(
        ValueError(
          what: "host \"\(Quoting.short(host))\" has no address",
          remedy: "correct the name, or give the address itself"))
    }
    return .success(addresses)
  }
}
