/// Everything that the settings say of one upstream.
package struct UpstreamDefinition: Hashable, Sendable {
  package var name: UpstreamName
  /// Nil: the peers are shown as they were configured, and nobody probes them.
  package var checker: Checker?
  /// Primaries and backups in the order of the configuration; no two share a name.
  package var peers: [PeerDefinition]

  package init(name: UpstreamName, checker: Checker?, peers: [PeerDefinition]) {
    self.name = name
    self.checker = checker
    self.peers = peers
  }

  /// Whether the settings keep the peer at this place down; false beyond the last.
  package func keepsDown(_ index: Int) -> Bool {
    checker?.respectDown == true && peers.indices.contains(index) && peers[index].startsDown
  }
}

/// One peer of an upstream.
package struct PeerDefinition: Hashable, Sendable {
  package var name: PeerName
  package var role: Role
  /// nginx's `server … down`: assumed down until the probes say otherwise, or for good (`Checker.respectDown`).
  package var startsDown: Bool
  /// Nil: it is probed as its upstream's checker says.
  package var overrides: PeerOverrides?
  /// Where it comes from (`name app.internal:8080`, `srv _http._tcp.example.internal`, `file peers.txt`); nil: its address
  /// stands in the settings.
  package var source: String?

  package init(
    name: PeerName, role: Role = .primary, startsDown: Bool = false, overrides: PeerOverrides? = nil
  ) {
    self.name = name
    self.role = role
    self.startsDown = startsDown
    self.overrides = overrides
  }
}

/// How the peers of an upstream are probed and judged. Names and defaults are lua-resty-upstream-healthcheck's
/// (`spawn_checker`), but for those it does not have.
package struct Checker: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case http
    /// HTTP in TLS.
    case https
    case tcp
    /// The health service of gRPC, over HTTP/2; in TLS where `tls` says so.
    case grpc
  }

  /// How the connection of a probe ends once its answer is judged; means nothing for `tcp`.
  package enum Close: String, Hashable, Sendable, CaseIterable {
    /// The rest of a short answer is read, then both sides close in order.
    case fin
    /// At once, with a reset.
    case reset
  }

  /// How this check is called among several; empty: it is the only one.
  package var name = ""
  /// The checks that have to hold as well. They have no others themselves, and what concerns the whole upstream (`thresholds`,
  /// `probers`, `quorum`, `respectDown`, `degradedAboveMs`) is this one's.
  package var others: [Checker] = []
  package var kind: Kind
  /// Nil for all but `https`, and `grpc` that is secured.
  package var tls: TLSOptions?
  /// Sent verbatim after the connection is made; empty for `tcp` and `grpc`. Where `parts` are given it is what they make in
  /// HTTP/1.1.
  package var request: [UInt8]
  /// What `request` was composed of; nil: it was written out.
  package var parts: RequestParts?
  /// The request is made of `parts`, in HTTP/2. `grpc` knows nothing else, whatever stands here.
  package var usesHTTP2: Bool
  /// Whose health `grpc` asks for; empty: the whole server's.
  package var grpcService: String
  /// Ascending. Empty: any status line is a success. 0 to 999 each.
  package var validStatuses: [UInt16]
  /// Milliseconds from the start of one probe to the start of the next; 2 or more.
  package var intervalMs: Int
  /// Milliseconds for the whole probe, connection included; 1 or more.
  package var timeoutMs: Int
  /// Milliseconds between probes while a run is under way that has not yet reached `fall` or `rise`; nil: `intervalMs`.
  package var fastIntervalMs: Int?
  package var thresholds: Thresholds
  /// Probes of this upstream in flight at once on one node; nil: no cap.
  package var concurrency: Int?
  /// Probe this port instead of the peer's own.
  package var port: UInt16?
  package var close: Close
  /// How many nodes probe each peer; never more than there are.
  package var probers: Int
  package var quorum: Quorum
  /// Peers that the settings mark `down` stay down, whatever their probes say.
  package var respectDown: Bool
  /// What an answer must hold beside its status line; nil: nothing, and no more than that line is read. Not for `tcp`.
  package var expectations: Expectations?
  /// What is said once the connection is made; for `tcp` alone.
  package var steps: [DialogStep]
  /// Milliseconds above which a probe that succeeds marks the peer as degraded; it is up all the same.
  package var degradedAboveMs: Int?
  /// Below this many percent of peers up the upstream is in panic: 1 to 100; nil: it never is.
  package var panicBelow: Int?

  /// Whether a request of HTTP is sent.
  package var isHTTP: Bool { kind != .tcp }

  package var speaksHTTP2: Bool { usesHTTP2 || kind == .grpc }

  package init(kind: Kind, request: [UInt8] = []) {
    self.kind = kind
    self.request = request
    tls = kind == .https ? TLSOptions() : nil
    validStatuses = []
    intervalMs = 1000
    timeoutMs = 1000
    fastIntervalMs = nil
    thresholds = Thresholds(fall: 5, rise: 2)
    concurrency = nil
    port = nil
    close = .fin
    probers = 3
    quorum = .majority
    respectDown = false
    parts = nil
    expectations = nil
    steps = []
    degradedAboveMs = nil
    panicBelow = nil
    usesHTTP2 = false
    grpcService = ""
  }

  /// The same with the request that its parts make, where it has any.
  ///
  /// - Parameter upstream: whose checker it is.
  package func composed(for upstream: String) -> Checker {
    var composed = self
    composed.others = others.map { $0.composed(for: upstream) }
    guard var parts else { return composed }
    parts.hostHeader = parts.hostHeader ?? upstream
    composed.parts = parts
    composed.request = kind == .grpc ? [] : parts.bytes()
    return composed
  }
}
