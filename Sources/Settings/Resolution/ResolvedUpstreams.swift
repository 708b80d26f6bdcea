package import Health
package import Naming

/// Upstreams with the names of their hosts looked up.
package struct ResolvedUpstreams: Hashable, Sendable {
  /// In the order of the settings.
  package var definitions: [UpstreamDefinition] = []
  /// What was found odd, and keeps nothing from being used.
  package var notices: [Notice] = []
}

extension NodeSettings {
  /// The definitions of all upstreams, with what was found of each name; or every problem at once.
  ///
  /// - Parameter answer: what a name stands for; asked of each of `names`, and of the targets of services.
  package func definitions(_ answer: @escaping (NameQuestion) -> NameResult) -> Result<
    ResolvedUpstreams, Problems
  > {
    let resolved = upstreams.map { $0.resolved(answer) }
    let problems = resolved.flatMap(\.problems)
    switch ResolvedUpstreams.fitting(upstreams, resolved) {
    case .failure(let more): return .failure(Problems(problems + more.list))
    case .success(let all): return problems.isEmpty ? .success(all) : .failure(Problems(problems))
    }
  }

  /// The hosts and services among the peers, each once, in the order of the settings.
  package var hosts: [String] {
    var known: Set<String> = []
    return upstreams.flatMap(\.allPeers).compactMap { peer in
      guard let name = peer.question?.name, known.insert(name).inserted else { return nil }
      return name
    }
  }

  /// What is asked for `definitions`, each once, with how often.
  package var names: [NameQuestion: NameRules] {
    var names: [NameQuestion: NameRules] = [:]
    for upstream in upstreams { names.merge(upstream.names) { $0.joined(with: $1) } }
    return names
  }
}

extension UpstreamSettings {
  /// What is asked about its peers.
  package var names: [NameQuestion: NameRules] {
    let questions = allPeers.compactMap(\.question)
    return Dictionary(questions.map { ($0, following.rules) }) { first, _ in first }
  }
}

extension ResolvedUpstreams {
  /// All of them together, as far as one node takes them: peers that are only shown give way to those that are checked.
  ///
  /// - Parameter resolved: of each of `upstreams`.
  package static func fitting(
    _ upstreams: [UpstreamSettings], _ resolved: [ResolvedUpstream]
  ) -> Result<ResolvedUpstreams, Problems> {
    let pairs = zip(upstreams, resolved)
    let checked = pairs.filter { $0.0.check != .none }
    let peers = checked.reduce(0) { $0 + $1.1.definition.peers.count }
    if let first = checked.first?.0.origin.location, peers > Limits.peers {
      let problem = Problem(
        first, "the upstreams have \(peers) peers with all addresses looked up",
        remedy: "at most \(Limits.peers) can be checked by one node")
      return .failure(Problems([problem]))
    }
    var all = ResolvedUpstreams()
    var room = Limits.peers - peers
    for (upstream, resolved) in pairs {
      var definition = resolved.definition
      all.notices += resolved.notices
      if upstream.check == .none {
        if definition.peers.count > room {
          definition.peers = []
          all.notices.append(
            Notice(
              upstream.origin.location,
              "its peers are left out: there are more than \(Limits.peers) with all addresses looked up"))
        }
        room -= definition.peers.count
      }
      all.definitions.append(definition)
    }
    return .success(all)
  }
}

extension PeerSettings {
  /// Nil: its address is written out.
  package var question: NameQuestion? {
    switch address {
    case .ip, .unix: nil
    case .host(let name, _): isFollowed ? .host(name) : .fixed(name)
    case .service(let name): .service(name)
    }
  }
}
