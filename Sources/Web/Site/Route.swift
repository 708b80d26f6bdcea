import Health

/// Where a path leads.
enum Route: Hashable, Sendable {
  case page
  case status
  case asset(String)
  case upstreams
  case upstream(String)
  case peer(upstream: String, peer: String)
  case events(upstream: String)
  case nodes
  case metrics
  case eventStream
  case live
  case ready

  /// Nil: nothing is there.
  init?(_ segments: [String]) {
    guard let route = Self.find(segments) else { return nil }
    self = route
  }

  private static func find(_ segments: [String]) -> Route? {
    switch segments.count {
    case 0: .page
    case 1:
      switch segments[0] {
      case "status": .status
      case "livez": .live
      case "readyz": .ready
      case "metrics": .metrics
      case "events": .eventStream
      default: nil
      }
    case 2 where segments[0] == "assets": .asset(segments[1])
    case 3 where segments == ["api", "v1", "nodes"]: .nodes
    case 3... where segments.starts(with: ["api", "v1", "upstreams"]):
      find(api: Array(segments.dropFirst(3)))
    default: nil
    }
  }

  /// What stands after `/api/v1/upstreams`.
  private static func find(api parts: [String]) -> Route? {
    switch parts.count {
    case 0: .upstreams
    case 1: .upstream(parts[0])
    case 2 where parts[1] == "events": .events(upstream: parts[0])
    case 3 where parts[1] == "peers": .peer(upstream: parts[0], peer: parts[2])
    // The path of a Unix socket whose slashes were not encoded, or were decoded on the way.
    case 4... where parts[1] == "peers" && parts[2] == "unix:":
      .peer(upstream: parts[0], peer: parts[2...].joined(separator: "/"))
    default: nil
    }
  }

  /// Whether the path must be answered however many connections there are: whoever watches the checker asks here.
  static func isVital(path: Substring) -> Bool {
    // A proxy may be asked for the whole address.
    var rest = path
    if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...].drop { $0 != "/" } }
    return ["/livez", "/readyz", "/metrics"].contains(rest.last == "/" ? rest.dropLast() : rest)
  }

  /// What there is, for those who asked for something else.
  static let all = [
    "/", "/status", "/metrics", "/events", "/api/v1/nodes", "/api/v1/upstreams", "/api/v1/upstreams/UPSTREAM",
    "/api/v1/upstreams/UPSTREAM/peers/PEER",
    "/api/v1/upstreams/UPSTREAM/events", "/livez", "/readyz",
  ]
}
