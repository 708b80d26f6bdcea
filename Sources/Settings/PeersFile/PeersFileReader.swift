import Health

/// Reads a file with peers: lines of text, a list in JSON, or what Prometheus' file_sd reads.
struct PeersFileReader {
  let diagnostics: Diagnostics

  private static let wanted =
    "write one host:port a line, or a list in JSON: [\"host:port\", {\"address\": \"host:port\", \"backup\": true}]"

  /// The file that an entry of the settings names, as it is now.
  func named(_ entry: Entry) -> PeersFile? {
    let location = entry.value.location
    guard case .scalar(let scalar) = entry.value.content, !scalar.bytes.isEmpty else {
      if case .unreadable = entry.value.content { return nil }
      diagnostics.problem(location, "\"peers_file\" is \(entry.value.kind)", remedy: "write one path")
      return nil
    }
    let path = Paths.resolve(scalar.text, from: Paths.folder(of: location.file))
    diagnostics.source(path)
    let peers = read(path, namedAt: location)
    return PeersFile(path: path, name: scalar.text, peers: peers, origin: Origin(location))
  }

  /// What can be read of it; problems for the rest.
  ///
  /// - Parameter location: where what concerns the file as a whole is told.
  func read(_ path: String, namedAt location: SourceLocation) -> [PeerSettings] {
    let source = diagnostics.value(location) { () throws(ValueError) in
      let source = try FileReader.read(path)
      try FileReader.requireText(source)
      return source
    }
    guard let source else { return [] }
    let peers = Self.isList(source) ? list(source) : lines(source)
    if peers.count > Limits.peers {
      diagnostics.problem(
        SourceLocation(file: path), "there are \(peers.count) peers in it",
        remedy: "one node takes at most \(Limits.peers)")
    }
    return peers
  }

  /// Whether it is JSON, or YAML, which has JSON in it: by the end of its name, or else by what it begins with. An address
  /// may begin with a bracket, too.
  private static func isList(_ source: SourceText) -> Bool {
    if [".json", ".yaml", ".yml"].contains(where: source.path.hasSuffix) { return true }
    let text = String(decoding: source.bytes, as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let start = line.drop(while: \.isWhitespace)
      if start.isEmpty || start.hasPrefix("#") { continue }
      if start.hasPrefix("{") || start.hasPrefix("- ") || start == "-" { return true }
      guard start.hasPrefix("[") else { return false }
      let next = start.dropFirst().first { !$0.isWhitespace }
      return next.map { "\"{[]'".contains($0) } ?? true
    }
    return false
  }

  // MARK: Lines

  private func lines(_ source: SourceText) -> [PeerSettings] {
    var peers: [PeerSettings] = []
    var isEmpty = true
    for line in source.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let words = Self.words(of: line)
      if let first = words.first {
        isEmpty = false
        if let peer = peer(words, source.location(first.lowerBound), source) { peers.append(peer) }
      }
      if diagnostics.isFull { break }
    }
    if isEmpty {
      diagnostics.problem(
        SourceLocation(file: source.path), "there is no peer in it",
        remedy: "\(Self.wanted); [] where none is meant")
    }
    return peers
  }

  /// The ranges of the words of a line, without its comment.
  private static func words(of line: ArraySlice<UInt8>) -> [Range<Int>] {
    line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 32 || (9...13).contains($0) }.map(\.indices)
  }

  /// `HOST:PORT`, `backup` and `down`; weights and the like are for those who balance.
  private func peer(_ words: [Range<Int>], _ location: SourceLocation, _ source: SourceText) -> PeerSettings?
  {
    func text(_ word: Range<Int>) -> String { String(decoding: source.bytes[word], as: UTF8.self) }
    var peer = words.first.flatMap { self.peer(text($0), location) }
    for word in words.dropFirst() {
      let text = text(word)
      switch text {
      case "backup": peer?.role = .backup
      case "down": peer?.startsDown = true
      case let text where text.contains("=") || Number.whole(text) != nil: break
      default:
        diagnostics.problem(
          source.location(word.lowerBound), "\"\(Quoting.short(text))\" is not known behind a peer",
          remedy: Suggestion.remedy(for: text, among: ["backup", "down"]))
      }
    }
    return peer
  }

  private func peer(_ address: String, _ location: SourceLocation) -> PeerSettings? {
    diagnostics.value(location) { () throws(ValueError) in
      PeerSettings(address: try PeerAddress.parse(address), origin: Origin(location))
    }
  }

  // MARK: Lists

  private func list(_ source: SourceText) -> [PeerSettings] {
    // Tabs between its parts are JSON and no YAML.
    let plain = SourceText(path: source.path, bytes: source.bytes.map { $0 == 9 ? 32 : $0 })
    var parser = YamlParser(source: plain, diagnostics: diagnostics, environment: nil)
    if source.path.hasSuffix(".json") { parser.language = "JSON" }
    guard let root = parser.parse() else { return [] }
    guard case .list(let values) = root.content else {
      if case .unreadable = root.content { return [] }
      diagnostics.problem(root.location, "it is \(root.kind)", remedy: Self.wanted)
      return []
    }
    return values.flatMap { entry($0) }
  }

  private func entry(_ value: Value) -> [PeerSettings] {
    switch value.content {
    case .scalar(let scalar): return peer(scalar.text, value.location).map { [$0] } ?? []
    case .map(let entries):
      return entries.contains { $0.key == "targets" } ? group(entries) : one(entries, value.location)
    case .unreadable: return []
    case .none, .list:
      diagnostics.problem(value.location, "a peer is \(value.kind)", remedy: Self.wanted)
      return []
    }
  }

  /// `{"address": "host:port", "backup": true}`.
  private func one(_ all: [Entry], _ location: SourceLocation) -> [PeerSettings] {
    let known = ["address", "backup", "down", "weight"]
    let entries = MapReader(diagnostics: diagnostics, what: "a peer", known: known).read(all)
    guard case .scalar(let address) = entries.first(where: { $0.key == "address" })?.value.content else {
      diagnostics.problem(location, "a peer has no address", remedy: "add \"address\": \"host:port\"")
      return []
    }
    guard var peer = peer(address.text, location) else { return [] }
    if truth("backup", entries) { peer.role = .backup }
    peer.startsDown = truth("down", entries)
    return [peer]
  }

  private func truth(_ key: String, _ entries: [Entry]) -> Bool {
    guard let entry = entries.first(where: { $0.key == key }), case .scalar(let scalar) = entry.value.content
    else { return false }
    return diagnostics.value(entry.value.location) { () throws(ValueError) in
      try OptionReader.truth(scalar.text, key)
    } ?? false
  }

  /// `{"targets": ["host:port", …], "labels": {"role": "backup"}}`, of Prometheus: other labels are for others.
  private func group(_ all: [Entry]) -> [PeerSettings] {
    let entries = MapReader(
      diagnostics: diagnostics, what: "a group of targets", known: ["targets", "labels"]
    )
    .read(all)
    guard let targets = entries.first(where: { $0.key == "targets" }) else { return [] }
    guard case .list(let values) = targets.value.content else {
      diagnostics.problem(
        targets.value.location, "\"targets\" is \(targets.value.kind)", remedy: "write a list of host:port")
      return []
    }
    var role = Role.primary
    if case .map(let labels) = entries.first(where: { $0.key == "labels" })?.value.content,
      case .scalar(let label) = labels.first(where: { $0.key == "role" })?.value.content,
      label.text == Role.backup.rawValue
    {
      role = .backup
    }
    return values.flatMap { value in
      entry(value).map { peer in
        var peer = peer
        peer.role = role
        return peer
      }
    }
  }
}
