/// What there is to probe, and how often.
struct Load: Sendable {
  /// As many as fill an upstream; more are more upstreams.
  static let peersOfAnUpstream = 1000
  static let probers = 3
  static let fall = 3

  var peers: Int
  var intervalMs: Int

  var upstreams: Int { (peers + Self.peersOfAnUpstream - 1) / Self.peersOfAnUpstream }

  /// Of one node, where each of as many nodes as there are probers probes every peer.
  var probesPerSecond: Double { Double(peers) * 1000 / Double(intervalMs) }

  /// Peers on addresses of 127.0.0.0/8, each its own server, with one port.
  static func names(_ count: Int, port: UInt16) -> [String] {
    (0..<count).map { "127.1.\($0 / 250).\(1 + $0 % 250):\(port)" }
  }

  /// Settings in YAML, without those of the node.
  func upstreams(of names: [String]) -> String {
    let parts = (0..<upstreams).map { number in
      let names = names.dropFirst(number * Self.peersOfAnUpstream).prefix(Self.peersOfAnUpstream)
      return """
          - upstream: u\(number)
            type: http
            http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
            valid_statuses: [200]
            interval: \(intervalMs)ms
            timeout: 1s
            fall: \(Self.fall)
            rise: 2
            probers: \(Self.probers)
            peers: [\(names.joined(separator: ", "))]

        """
    }
    return "upstreams:\n" + parts.joined()
  }
}
