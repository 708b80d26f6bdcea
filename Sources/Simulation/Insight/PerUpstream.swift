import Health

/// Something that is kept of each upstream. There are few, and looking one up is next to nothing.
struct PerUpstream<Value: Sendable>: Sendable {
  private let start: Value
  private(set) var values: [(name: UpstreamName, value: Value)] = []

  /// - Parameter start: what an upstream begins with.
  init(_ start: Value) { self.start = start }

  subscript(name: UpstreamName) -> Value {
    get { values.first { $0.name == name }?.value ?? start }
    _modify {
      let index = index(of: name)
      yield &values[index].value
    }
  }

  private mutating func index(of name: UpstreamName) -> Int {
    if let index = values.firstIndex(where: { $0.name == name }) { return index }
    values.append((name, start))
    return values.count - 1
  }
}

/// A commit among those of all upstreams: two of one run may have the same id.
struct CommitKey: Hashable, Sendable {
  var upstream: UpstreamName
  var id: String
}

/// A run of a node, as far as one upstream is concerned.
struct RunOfUpstream: Hashable, Sendable {
  var run: String
  var upstream: UpstreamName
}
