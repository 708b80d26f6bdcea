/// What the flags of `quorate serve` say. It goes before files.
package struct Overrides: Hashable, Sendable {
  package var namespace: String?
  package var node: String?
  package var listen: String?
  package var redis: String?
  /// `HOST:PORT` each: together they make the upstream `default`.
  package var peers: [String]

  package init(
    namespace: String? = nil, node: String? = nil, listen: String? = nil, redis: String? = nil,
    peers: [String] = []
  ) {
    self.namespace = namespace
    self.node = node
    self.listen = listen
    self.redis = redis
    self.peers = peers
  }
}
