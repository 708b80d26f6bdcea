package import Health
package import Naming

/// One upstream with the names of its hosts looked up.
package struct ResolvedUpstream: Hashable, Sendable {
  package var definition: UpstreamDefinition
  /// What keeps an upstream that is checked from being used when the settings are read: names of which nothing is known,
  /// and peers that are written twice.
  package var problems: [Problem] = []
  /// What is odd about it, and keeps nothing from being used.
  package var notices: [Notice] = []
}

/// Which peers an upstream has now: where one address of a host is wanted, it is one of these if there is one.
package struct PresentPeers: Sendable {
  /// Those of the definition in force. They go before this node's own, so that nodes which chose differently agree.
  package var inForce: Set<PeerName>
  /// Those that this node's own definition had last.
  package var own: Set<PeerName>

  package init(inForce: Set<PeerName> = [], own: Set<PeerName> = []) {
    self.inForce = inForce
    self.own = own
  }
}

extension UpstreamSettings {
  package func resolved(
    _ answer: @escaping (NameQuestion) -> NameResult, present: PresentPeers = PresentPeers()
  ) -> ResolvedUpstream {
    var resolution = Resolution(upstream: self, present: present, answer: answer)
    for peer in peers { resolution.add(peer, ofFile: nil) }
    if let file { for peer in file.peers { resolution.add(peer, ofFile: file.name) } }
    return resolution.finished()
  }

  /// The fault of a second peer with one name; nil when there is no first.
  static func clash(_ peer: PeerName, in upstream: UpstreamName, first: SourceLocation?) -> ValueError? {
    guard let first else { return nil }
    return ValueError(
      what: "peer \(peer) is in upstream \"\(upstream)\" already (\(first))",
      remedy: "remove one of them: what is known of a peer is kept under its name")
  }
}

/// Looks names up, and collects what comes of it. Where nobody checks the upstream, what is odd about it is a notice.
private struct Resolution {
  let upstream: UpstreamSettings
  let present: PresentPeers
  let answer: (NameQuestion) -> NameResult
  private var resolved: ResolvedUpstream
  /// Where each peer stands, and whether it may come and go.
  private var first: [PeerName: (location: SourceLocation, moves: Bool)] = [:]

  init(
    upstream: UpstreamSettings, present: PresentPeers, answer: @escaping (NameQuestion) -> NameResult
  ) {
    self.upstream = upstream
    self.present = present
    self.answer = answer
    resolved = ResolvedUpstream(
      definition: UpstreamDefinition(name: upstream.name, checker: upstream.checker, peers: []))
  }

  mutating func add(_ peer: PeerSettings, ofFile file: String?) {
    let moves = file != nil || peer.question?.isFollowed == true
    do throws(ValueError) {
      let source = PeerSource(file: file, peer.address)
      for var found in try PeerExpansion(upstream: upstream, present: present, answer: answer).peers(of: peer)
      {
        found.source = source?.text
        add(found, peer, moves: moves)
      }
    } catch {
      tell(error, peer, otherwise: "it is left out")
    }
  }

  private mutating func add(_ found: PeerDefinition, _ peer: PeerSettings, moves: Bool) {
    let before = first[found.name]
    guard let clash = UpstreamSettings.clash(found.name, in: upstream.name, first: before?.location) else {
      first[found.name] = (peer.origin.location, moves)
      resolved.definition.peers.append(found)
      return
    }
    if moves || before?.moves == true {
      // It may be over tomorrow: no reason not to start.
      resolved.notices.append(Notice(peer.origin.location, "\(clash.what); it counts once"))
    } else {
      tell(clash, peer, otherwise: "it is shown once")
    }
  }

  private mutating func tell(_ valueError: ValueError, _ peer: PeerSettings, otherwise: String) {
    if upstream.check == .none {
      let oddity = UnusualSetting(peer.origin.location, valueError, otherwise: otherwise)
      resolved.notices.append(Notice(oddity.location, oddity.notice))
    } else {
      resolved.problems.append(valueError.at(peer.origin.location))
    }
  }

  /// Primaries before backups, as everywhere.
  func finished() -> ResolvedUpstream {
    var resolved = resolved
    let peers = resolved.definition.peers
    resolved.definition.peers = peers.filter { $0.role == .primary } + peers.filter { $0.role == .backup }
    return resolved
  }
}

/// Where peers come from that do not stand in the settings themselves.
package struct PeerSource: Hashable, Sendable {
  /// `name app.internal:8080`, `srv _http._tcp.example.internal`, `file peers.txt`, or the last and one of the others.
  package var text: String

  /// Nil: the address stands in the settings.
  package init?(file: String?, _ address: PeerAddress) {
    let name: String? =
      switch address {
      case .ip, .unix: nil
      case .host: "name \(address)"
      case .service(let name): "srv \(name)"
      }
    let parts = [file.map { "file \($0)" }, name].compactMap(\.self)
    if parts.isEmpty { return nil }
    text = parts.joined(separator: ", ")
  }
}
