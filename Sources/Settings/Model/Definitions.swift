package import Health

/// Why the addresses of a host cannot be had.
package struct LookUpError: Error, Hashable, Sendable {
  /// What the system says: `Name or service not known`.
  package var text: String

  package init(_ text: String) {
    self.text = text
  }
}

extension NodeSettings {
  /// The definitions of all upstreams, with the names of hosts looked up, each name once; or every problem at once.
  ///
  /// - Parameter lookUp: the addresses of a host as text, in the order that peers shall have.
  package func definitions(
    lookUp: (String) throws(LookUpError) -> [String]
  ) -> Result<[UpstreamDefinition], Problems> {
    var known = LookedUp()
    var problems: [Problem] = []
    var definitions: [UpstreamDefinition] = []
    var peers = 0
    for upstream in upstreams {
      let definition = upstream.definition(&known, &problems, lookUp)
      peers += definition.peers.count
      definitions.append(definition)
    }
    if let first = upstreams.first, peers > Limits.peers {
      problems.append(
        Problem(
          first.origin.place, "the upstreams have \(peers) peers with all addresses looked up",
          remedy: "at most \(Limits.peers) can be checked by one node"))
    }
    return problems.isEmpty ? .success(definitions) : .failure(Problems(problems))
  }
}

extension UpstreamSettings {
  /// The definition of this upstream alone.
  package func definition(
    lookUp: (String) throws(LookUpError) -> [String]
  ) -> Result<UpstreamDefinition, Problems> {
    var known = LookedUp()
    var problems: [Problem] = []
    let definition = definition(&known, &problems, lookUp)
    return problems.isEmpty ? .success(definition) : .failure(Problems(problems))
  }

  fileprivate func definition(
    _ known: inout LookedUp, _ problems: inout [Problem], _ lookUp: (String) throws(LookUpError) -> [String]
  ) -> UpstreamDefinition {
    var places: [PeerName: Place] = [:]
    var definitions: [PeerDefinition] = []
    for peer in peers {
      do throws(Fault) {
        for name in try known.names(of: peer.address, lookUp) {
          if let fault = Self.clash(name, in: self.name, first: places[name]) { throw fault }
          places[name] = peer.origin.place
          definitions.append(PeerDefinition(name: name, role: peer.role, startsDown: peer.startsDown))
        }
      } catch {
        problems.append(error.at(peer.origin.place))
      }
    }
    return UpstreamDefinition(name: name, checker: checker, peers: definitions)
  }

  /// The fault of a second peer with one name; nil when there is no first.
  static func clash(_ peer: PeerName, in upstream: UpstreamName, first: Place?) -> Fault? {
    guard let first else { return nil }
    return Fault(
      what: "peer \(peer) is in upstream \"\(upstream)\" already (\(first))",
      remedy: "remove one of them: what is known of a peer is kept under its name")
  }
}

/// The addresses of hosts that were looked up, so that each is asked for once.
private struct LookedUp {
  private var answers: [String: Result<[IPAddress], Fault>] = [:]

  mutating func names(
    of address: PeerAddress, _ lookUp: (String) throws(LookUpError) -> [String]
  ) throws(Fault) -> [PeerName] {
    guard case .host(let host, let port) = address else { return address.peerName.map { [$0] } ?? [] }
    let answer = answers[host] ?? Self.ask(host, lookUp)
    answers[host] = answer
    return try answer.get().map { PeerAddress.name($0, port) }
  }

  private static func ask(
    _ host: String, _ lookUp: (String) throws(LookUpError) -> [String]
  ) -> Result<[IPAddress], Fault> {
    let texts: [String]
    do throws(LookUpError) {
      texts = try lookUp(host)
    } catch {
      return .failure(
        Fault(
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
        Fault(
          what: "host \"\(Quoting.short(host))\" has no address",
          remedy: "correct the name, or give the address itself"))
    }
    return .success(addresses)
  }
}
