import Health
package import Ledger
import Naming
import Settings

extension PeerDiscovery {
  /// Where the peers come from, and what came of it.
  package var view: DiscoveryView {
    var view = DiscoveryView()
    view.lookUps = lookUps
    let watches = Dictionary(files.map { ($0.upstream, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, upstream) in upstreams.enumerated() {
      let counts = count(index)
      var sources = upstream.peers.compactMap { name($0, ofFile: nil, counts) }
      if let file = upstream.file, let watch = watches[index] {
        sources.append(self.file(file, watch, counts))
        sources += file.peers.compactMap { name($0, ofFile: file.name, counts) }
      }
      if !sources.isEmpty { view.sources[upstream.name] = sources }
    }
    return view
  }

  /// How many peers come from where.
  private func count(_ index: Int) -> [String: Int] {
    guard resolved.indices.contains(index) else { return [:] }
    var counts: [String: Int] = [:]
    for case let source? in resolved[index].definition.peers.lazy.map(\.source) {
      counts[source, default: 0] += 1
    }
    return counts
  }

  private func name(_ peer: PeerSettings, ofFile file: String?, _ counts: [String: Int]) -> PeerSourceView? {
    guard let question = peer.question, let text = PeerSource(file: file, peer.address)?.text else {
      return nil
    }
    let state = names.state(of: question)
    let kind: PeerSourceView.Kind = if case .service = question { .srv } else { .name }
    return PeerSourceView(
      kind: kind, text: text, peers: counts[text] ?? 0, goodMs: state.answeredMs, trouble: trouble(question))
  }

  /// Of a service, that of its first target that has one counts, too.
  private func trouble(_ question: NameQuestion) -> PeerSourceView.Trouble? {
    let state = names.state(of: question)
    if let failure = state.failure { return .init(text: failure.text, sinceMs: state.failingSinceMs) }
    guard case .service = question, case .success(.services(let records)) = names.held(question) else {
      return nil
    }
    for record in records {
      let state = names.state(of: .host(record.target))
      if let failure = state.failure {
        return .init(text: "\(record.target): \(failure.text)", sinceMs: state.failingSinceMs)
      }
    }
    return nil
  }

  private func file(_ file: PeersFile, _ watch: FileWatch, _ counts: [String: Int]) -> PeerSourceView {
    let text = "file \(file.name)"
    let all = counts.reduce(0) { $0 + ($1.key == text || $1.key.hasPrefix("\(text), ") ? $1.value : 0) }
    var source = PeerSourceView(
      kind: .file, text: text, peers: all, goodMs: watch.readMs, trouble: watch.trouble)
    source.taken = watch.counts.taken
    source.refused = watch.counts.refused
    return source
  }
}
