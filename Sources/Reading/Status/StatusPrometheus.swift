import Health
package import Ledger

/// lua-resty-upstream-healthcheck's `prometheus_status_page()`, byte for byte.
package enum StatusPrometheus {
  private static let metric = "nginx_upstream_status_info"

  package static func render(_ upstreams: [UpstreamView]) -> [UInt8] {
    var page = PageBytes(reserving: upstreams.reduce(200) { $0 + 200 + $1.peers.count * 220 })
    page.raw("# HELP \(metric) The running status of nginx upstream\n# TYPE \(metric) gauge\n")
    for upstream in upstreams { write(upstream, to: &page) }
    return page.bytes
  }

  private static func write(_ upstream: UpstreamView, to page: inout PageBytes) {
    var name = PageBytes(reserving: 80)
    name.raw("\(metric){name=\"")
    name.label(upstream.name.text)
    name.raw("\",")
    guard upstream.checker != nil else {
      return writeStatus("UNKNOWN", name.bytes, to: &page)
    }
    for role in [Role.primary, .backup] {
      for peer in upstream.peers where peer.record.role == role { write(peer, name.bytes, to: &page) }
    }
    let anyUp = upstream.peers.contains { $0.record.status == .up }
    writeStatus(anyUp ? "UP" : "DOWN", name.bytes, to: &page)
  }

  private static func write(_ peer: PeerView, _ name: [UInt8], to page: inout PageBytes) {
    let role = peer.record.role == .primary ? "PRIMARY" : "BACKUP"
    for (status, state) in [("UP", PeerState.up), ("DOWN", .down)] {
      page.raw(name)
      page.raw("endpoint=\"")
      page.label(peer.record.peer.text)
      page.raw("\",status=\"\(status)\",role=\"\(role)\"} ")
      page.raw(peer.record.status == state ? "1\n" : "0\n")
    }
  }

  private static func writeStatus(_ current: String, _ name: [UInt8], to page: inout PageBytes) {
    for status in ["UP", "DOWN", "UNKNOWN"] {
      page.raw(name)
      page.raw("status=\"\(status)\"} \(status == current ? 1 : 0)\n")
    }
  }
}
