import Addresses
import Health
import Naming

/// What becomes of one peer as it is written: none, one or many.
struct PeerExpansion {
  let upstream: UpstreamSettings
  let present: PresentPeers
  let answer: (NameQuestion) -> NameResult

  func peers(of peer: PeerSettings) throws(ValueError) -> [PeerDefinition] {
    switch peer.address {
    case .ip, .unix:
      return peer.address.peerName.map { [definition($0, peer, peer.role)] } ?? []
    case .host(let name, let port):
      let question = peer.isFollowed ? NameQuestion.host(name) : .fixed(name)
      return try addresses(question, port).map { definition($0, peer, peer.role) }
    case .service(let name): return try service(name, peer)
    }
  }

  private func definition(_ name: PeerName, _ peer: PeerSettings, _ role: Role) -> PeerDefinition {
    PeerDefinition(name: name, role: role, startsDown: peer.startsDown, overrides: overrides(of: peer))
  }

  /// A peer that is given by name has the certificate of that name, where nothing else is said.
  private func overrides(of peer: PeerSettings) -> PeerOverrides? {
    let own = peer.overrides
    let secured = upstream.checker?.checks.compactMap(\.tls) ?? []
    guard case .host(let name, _) = peer.address, own?.host == nil,
      secured.contains(where: { $0.verify == .full }), secured.allSatisfy({ $0.host == nil })
    else { return own }
    return PeerOverrides(port: own?.port, host: name, hostHeader: own?.hostHeader, path: own?.path)
  }

  // MARK: Hosts

  private func addresses(_ question: NameQuestion, _ port: UInt16) throws(ValueError) -> [PeerName] {
    let name = Quoting.short(question.name)
    switch answer(question) {
    case .success(.addresses(let addresses)):
      return chosen(addresses.map { PeerAddress.name($0, port) }, question)
    case .success(.services):
      throw ValueError(what: "host \"\(name)\" has no address", remedy: Self.remedy)
    case .failure(let failure) where failure.kind == .empty:
      throw ValueError(what: "host \"\(name)\" has no address", remedy: Self.remedy)
    case .failure(let failure):
      throw ValueError(
        what: "host not found: \"\(name)\" (\(Quoting.short(failure.text)))", remedy: Self.remedy)
    }
  }

  private static let remedy = "correct the name, or give the address itself"

  /// All nodes choose the same of the same addresses, whatever order they were told in.
  private func chosen(_ names: [PeerName], _ question: NameQuestion) -> [PeerName] {
    guard upstream.following.resolve == .first, question.isFollowed, names.count > 1 else { return names }
    let one = names.first(where: present.inForce.contains) ?? names.first(where: present.own.contains)
    return [one ?? names[0]]
  }

  // MARK: Services

  /// As nginx does: the records of the lowest priority are primaries and the others backups; of a service that is a backup
  /// itself only the former count, as backups.
  private func service(_ name: String, _ peer: PeerSettings) throws(ValueError) -> [PeerDefinition] {
    let records = try records(of: name)
    let lowest = records.map(\.priority).min()
    var found: [PeerDefinition] = []
    var failure: ValueError?
    for record in records {
      let isLowest = record.priority == lowest
      if peer.role == .backup, !isLowest { continue }
      do throws(ValueError) {
        let role = isLowest ? peer.role : Role.backup
        found += try targets(record).map { definition($0, peer, role) }
      } catch {
        failure = failure ?? error
      }
    }
    if found.isEmpty, let failure { throw failure }
    // Records of one target may share an address.
    var known: Set<PeerName> = []
    return found.filter { known.insert($0.name).inserted }
  }

  private func records(of name: String) throws(ValueError) -> [ServiceRecord] {
    let remedy = "correct the name of the service, or give name:port under peers"
    switch answer(.service(name)) {
    case .success(.services(let records)): return records
    case .success(.addresses):
      throw ValueError(what: "service \"\(Quoting.short(name))\" has no SRV record", remedy: remedy)
    case .failure(let failure) where failure.kind == .empty:
      throw ValueError(what: "service \"\(Quoting.short(name))\" has no SRV record", remedy: remedy)
    case .failure(let failure):
      throw ValueError(
        what: "service not found: \"\(Quoting.short(name))\" (\(Quoting.short(failure.text)))", remedy: remedy
      )
    }
  }

  private func targets(_ record: ServiceRecord) throws(ValueError) -> [PeerName] {
    if let address = IPAddress(record.target) { return [PeerAddress.name(address, record.port)] }
    return try addresses(.host(record.target), record.port)
  }
}
