package import Addresses

/// Everything that a node is told: one validated value.
package struct NodeSettings: Hashable, Sendable {
  /// The first part of every shared key: `NameRule.plain`; `default` unless it is set.
  package var namespace: String
  /// This node's own name: `NameRule.plain`; the host's name unless it is set.
  package var node: String
  /// Nil: the ledger is in this process, and there is one node.
  package var redis: RedisURL?
  package var listen: ListenAddress
  /// Who may read over HTTP; everyone else gets 403. Empty: nobody.
  package var allow: [Network]
  /// How much is served at once.
  package var web: WebSettings
  /// Milliseconds between two heartbeats of a node: 100 to 60,000.
  package var heartbeatMs: Int
  /// Milliseconds that a leader's lease lasts: 1,000 to 600,000. Longer: fewer renewals, and a later replacement.
  package var leaseMs: Int
  /// Milliseconds without a heartbeat after which a node is gone: 1,000 to 600,000, and at least two heartbeats.
  package var memberExpiryMs: Int
  /// The name servers that are asked for what is followed, at most `Limits.resolvers`; empty: the system's.
  package var resolver: [HostPort]
  /// In the order of the configuration: nginx's first, then the YAML file's, then that of `--peer`.
  /// No two share a name; at most `Limits.upstreams`.
  package var upstreams: [UpstreamSettings]

  package init(node: String) {
    namespace = "default"
    self.node = node
    redis = nil
    listen = .standard
    allow = Self.loopback
    web = WebSettings()
    heartbeatMs = 1000
    leaseMs = 5000
    memberExpiryMs = 5000
    resolver = []
    upstreams = []
  }

  /// `127.0.0.1/32` and `::1/128`.
  package static let loopback = ["127.0.0.1", "::1"].compactMap { Network($0) }
}

/// What a loader hands over.
package struct LoadedSettings: Sendable {
  package var settings: NodeSettings
  /// Checkers that are asked for and cannot be started, each with its reason; the settings can be used without. In the
  /// order of their places.
  package var refusals: [Problem]
  /// In the order of their places.
  package var notices: [Notice]
  /// Every file that was read, in the order of reading; none twice.
  package var sources: [String]
  /// Nil: there is an upstream.
  package var emptiness: Emptiness?
}

/// The settings name no upstream at all.
package struct Emptiness: Hashable, Sendable {
  /// The file that names none.
  package var file: String
  /// It was written out, as `upstreams: []`, and no nginx configuration is read.
  package var isMeant: Bool

  /// Nil where it is meant.
  package var notice: Notice? {
    isMeant ? nil : Notice(SourceLocation(file: file), "there is no upstream: nothing is checked or shown")
  }

  /// Why settings that have lost all their upstreams are not taken while the node runs; nil where it is meant.
  package var refusal: Problem? {
    if isMeant { return nil }
    return Problem(
      SourceLocation(file: file), "the settings have no upstream any more",
      remedy: "if that is meant, write upstreams: [] into a YAML file without nginx:, or start the node again"
    )
  }
}

/// Everything that could be read, whatever is wrong with it.
package struct ReadSettings: Sendable {
  /// What has a problem is left out.
  package var loaded: LoadedSettings
  /// What keeps the settings from being used, and what `loaded` lists as refused; sorted by place.
  package var problems: Problems
}

/// How much is read; beyond a limit there is a problem, never a crash.
package enum Limits {
  package static let upstreams = 10_000
  /// Peers of all upstreams together, before and after names are looked up.
  package static let peers = 100_000
  /// Addresses of `resolver`.
  package static let resolvers = 8
  /// Networks of `allow`: each request is held against all of them.
  package static let networks = 1_000
  /// Bytes of one file.
  package static let fileBytes = 8 << 20
  /// Files of one nginx configuration, includes counted each time.
  package static let files = 2_000
  /// Bytes of all files of one nginx configuration.
  package static let allBytes = 64 << 20
  /// Blocks inside blocks, expressions inside expressions, includes inside includes.
  package static let depth = 100
  /// Bytes of one `http_req`.
  package static let requestBytes = 64 << 10
  /// Problems that are listed.
  package static let problems = 1_000
}
