package import Health
import Ledger
package import Naming
package import Settings

/// Which peers each upstream has now, by the settings and by what was found of their names and files. It reads no clock, no
/// file and no socket.
///
/// Other definitions come of what it is told only in `settle`, so that what is told together changes an upstream once.
package struct PeerDiscovery: Sendable {
  private(set) var upstreams: [UpstreamSettings]
  var names: NameTable
  /// Of each upstream, as it was resolved last.
  private(set) var resolved: [ResolvedUpstream] = []
  var files: [FileWatch]
  private(set) var lookUps: [String: UInt64] = [:]
  /// Upstreams that are to be resolved again.
  private var open: Set<Int> = []
  private var users: [NameQuestion: [Int]] = [:]
  /// Those with a service: the hosts that it names are theirs, too.
  private var withServices: [Int] = []
  private var lines: [DiscoveryLine] = []

  /// - Parameter earlier: what was known under earlier settings; nil: nothing.
  package init(_ upstreams: [UpstreamSettings], after earlier: PeerDiscovery? = nil) {
    self.upstreams = upstreams
    names = earlier?.names ?? NameTable()
    lookUps = earlier?.lookUps ?? [:]
    let known = Dictionary(
      (earlier?.files ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    files = upstreams.enumerated().compactMap { index, upstream in
      guard let file = upstream.file else { return nil }
      var watch = FileWatch(upstream: index, name: upstream.name, path: file.path)
      if let before = known[watch.key] { watch.counts = before.counts }
      return watch
    }
    names.askAgain()
    follow()
  }

  // MARK: Questions

  /// What is to be asked now. Asked twice: of the answers to the first, services name hosts that are to be asked as well.
  package mutating func due(at nowMs: Int64) -> [NameQuestion] { names.due(at: nowMs) }

  private mutating func follow() {
    var questions: [NameQuestion: NameRules] = [:]
    users = [:]
    withServices = []
    for (index, upstream) in upstreams.enumerated() {
      let own = upstream.names
      if own.isEmpty { continue }
      for question in own.keys { users[question, default: []].append(index) }
      if own.keys.contains(where: { if case .service = $0 { true } else { false } }) {
        withServices.append(index)
      }
      questions.merge(own) { $0.joined(with: $1) }
    }
    for watch in files {
      for question in watch.waiting?.compactMap(\.question) ?? [] {
        questions.merge([question: upstreams[watch.upstream].following.rules]) { $0.joined(with: $1) }
      }
    }
    names.follow(questions)
  }

  /// Takes what came of questions.
  ///
  /// - Parameter askedMs: when they were asked: steady ms.
  package mutating func take(
    _ answers: [(question: NameQuestion, result: NameResult)], askedMs: Int64, at time: NameTime
  ) {
    for (question, result) in answers {
      let wasFailing = names.state(of: question).failure != nil
      let news = names.take(result, for: question, askedMs: askedMs, at: time)
      lookUps[result.word, default: 0] += 1
      note(news, of: question, wasFailing: wasFailing, result)
      if question.isTouched(by: news) { touch(question) } else { touchThoseThatChoose(question) }
    }
  }

  private mutating func touch(_ question: NameQuestion) {
    open.formUnion(users[question] ?? [])
    if case .host = question { open.formUnion(withServices) }
  }

  /// The peer of their host that is in force may be another one now.
  private mutating func touchThoseThatChoose(_ question: NameQuestion) {
    for index in users[question] ?? [] where upstreams[index].following.resolve == .first {
      open.insert(index)
    }
  }

  private mutating func note(
    _ news: NameNews, of question: NameQuestion, wasFailing: Bool, _ result: NameResult
  ) {
    // What is not followed has a problem or a notice at its place.
    guard question.isFollowed else { return }
    let name = question.name
    switch news {
    case .fails(let failure):
      let count = names.held(question).count
      let rest = count > 0 ? "what was found before stays (\(count))" : "nothing was found before"
      lines.append(DiscoveryLine(.warning, "\(name): \(failure.text); \(rest)"))
    case .letGo(let failure):
      lines.append(
        DiscoveryLine(.warning, "\(name): \(failure.text), for as long as resolve_keep says: its peers go"))
    case .changed, .nothing:
      if wasFailing, case .success = result {
        lines.append(DiscoveryLine(.notice, "\(name) is found again"))
      }
    }
  }

  // MARK: Files

  /// Files that are to be looked at, with what each was when it was read last; nil: it is to be read again anyhow.
  package var watched: [(file: PeersFile, stamp: FileStamp?)] {
    files.compactMap { watch in upstreams[watch.upstream].file.map { ($0, watch.stamp) } }
  }

  /// Nil: there is no file of this place.
  package func path(ofFile number: Int) -> String? {
    files.indices.contains(number) ? files[number].path : nil
  }

  /// Takes what a file held; its peers count once all names in it were found.
  ///
  /// - Parameter number: its place in `watched`.
  package mutating func take(_ reading: PeersFileReading, ofFile number: Int, at time: NameTime) {
    guard files.indices.contains(number) else { return }
    let isFresh = reading.stamp?.isFresh(atSeconds: Int(time.wallMs / 1000)) ?? false
    files[number].stamp = isFresh ? nil : reading.stamp
    switch reading.peers {
    case .success(let peers):
      files[number].readMs = time.wallMs
      if peers == upstreams[files[number].upstream].file?.peers {
        files[number].waiting = nil
        files[number].trouble = nil
      } else if peers != files[number].waiting {
        files[number].waiting = peers
        files[number].trouble = nil
        follow()
      }
    case .failure(let problems):
      files[number].waiting = nil
      refuse(number, problems.list.prefix(DiscoveryLine.mostProblems).map(\.description), at: time)
    }
  }

  private mutating func refuse(_ number: Int, _ why: [String], at time: NameTime) {
    let text = why.first ?? "it cannot be read"
    guard files[number].trouble?.text != text else { return }
    files[number].trouble = .init(text: text, sinceMs: files[number].trouble?.sinceMs ?? time.wallMs)
    files[number].counts.refused += 1
    for line in why { lines.append(DiscoveryLine(.error, line)) }
    let upstream = upstreams[files[number].upstream].name
    lines.append(DiscoveryLine(.error, "\(files[number].path) was not taken: \(upstream) keeps its peers"))
  }

  /// Peers of files whose names are known by now become peers.
  private mutating func adoptFiles(at time: NameTime) {
    for number in files.indices {
      guard let peers = files[number].waiting else { continue }
      let open = peers.filter { $0.question.map { names.held($0).count == 0 } ?? false }
      let failed = open.compactMap { peer in
        peer.question.flatMap { names.state(of: $0).failure }.map { (peer, $0) }
      }
      if let (peer, failure) = failed.first {
        refuse(
          number,
          [
            "\(peer.origin.location): not found: \"\(peer.address)\" (\(failure.text)); correct the name, or give the "
              + "address itself"
          ], at: time)
      }
      guard open.isEmpty else { continue }
      files[number].waiting = nil
      files[number].trouble = nil
      files[number].counts.taken += 1
      let upstream = files[number].upstream
      upstreams[upstream].file?.peers = peers
      self.open.insert(upstream)
      lines.append(
        DiscoveryLine(.notice, "\(files[number].path) was read again: \(peers.count) peer(s)"))
      follow()
    }
  }

  // MARK: Definitions

  /// What the settings come to, or every reason why they cannot be used: what stands in them must be found once.
  ///
  /// - Parameter earlier: under earlier settings; where one of several addresses is wanted, what was chosen then stays.
  package mutating func start(after earlier: PeerDiscovery? = nil) -> Result<ResolvedUpstreams, Problems> {
    let before = Dictionary(
      (earlier?.resolved ?? []).map { ($0.definition.name, $0.definition.peers) },
      uniquingKeysWith: { first, _ in first })
    resolved = upstreams.map { upstream in
      let own = Set(before[upstream.name]?.map(\.name) ?? [])
      return upstream.resolved(names.held, present: PresentPeers(own: own))
    }
    open = []
    let problems = resolved.flatMap(\.problems)
    switch ResolvedUpstreams.fitting(upstreams, resolved) {
    case .failure(let more): return .failure(Problems(problems + more.list))
    case .success(let all):
      guard problems.isEmpty else { return .failure(Problems(problems)) }
      forgetWhatStays()
      return .success(all)
    }
  }

  /// Where all addresses stand in the settings nothing is ever resolved again: the definition says it all.
  private mutating func forgetWhatStays() {
    for index in upstreams.indices where upstreams[index].isFixed { upstreams[index].peers = [] }
  }

  /// Makes of all that was told since the last time what there is to do about it.
  ///
  /// - Parameter inForce: the peers of an upstream that are in force.
  package mutating func settle(
    at time: NameTime, inForce: (UpstreamName) -> Set<PeerName>
  ) -> DiscoveryOutput {
    adoptFiles(at: time)
    var isChanged = false
    for index in open.sorted() where resolve(index, inForce) { isChanged = true }
    open = []
    var output = DiscoveryOutput(view: view)
    if isChanged {
      switch ResolvedUpstreams.fitting(upstreams, resolved) {
      case .success(let all): output.definitions = all.definitions
      case .failure(let problems):
        for problem in problems.list {
          lines.append(DiscoveryLine(.error, "\(problem); the peers stay as they are"))
        }
      }
    }
    output.lines = lines
    lines = []
    return output
  }

  /// True: its definition is another one now.
  private mutating func resolve(_ index: Int, _ inForce: (UpstreamName) -> Set<PeerName>) -> Bool {
    let upstream = upstreams[index]
    let before = resolved[index]
    var present = PresentPeers(own: Set(before.definition.peers.map(\.name)))
    if upstream.following.resolve == .first { present.inForce = inForce(upstream.name) }
    let now = upstream.resolved(names.held, present: present)
    resolved[index] = now
    for notice in now.notices where !before.notices.contains(notice) {
      lines.append(DiscoveryLine(.notice, "\(notice)"))
    }
    guard now.definition != before.definition else { return false }
    lines.append(.peers(of: upstream.name, from: before.definition.peers, to: now.definition.peers))
    return true
  }
}

extension NameQuestion {
  /// What is held of it may be other than it was.
  fileprivate func isTouched(by news: NameNews) -> Bool {
    switch news {
    case .changed, .letGo: true
    case .nothing, .fails: false
    }
  }
}

extension NameResult {
  /// How many addresses or records there are.
  var count: Int {
    switch self {
    case .success(.addresses(let addresses)): addresses.count
    case .success(.services(let services)): services.count
    case .failure: 0
    }
  }

  /// As metrics name it.
  var word: String {
    switch self {
    case .success: "found"
    case .failure(let failure): failure.kind.rawValue
    }
  }
}
