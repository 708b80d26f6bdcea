import Health
package import Ledger

/// lua-resty-upstream-healthcheck's `status_page()`, byte for byte (docs: "status_page(): text/plain").
package enum StatusText {
  package static func render(_ upstreams: [UpstreamView]) -> [UInt8] {
    var page = PageBytes(reserving: upstreams.reduce(0) { $0 + 100 + $1.peers.count * 32 })
    for (index, upstream) in upstreams.enumerated() {
      if index > 0 { page.raw("\n") }
      write(upstream, to: &page)
    }
    return page.bytes
  }

  private static func write(_ upstream: UpstreamView, to page: inout PageBytes) {
    page.raw("Upstream ")
    page.plain(upstream.name.text)
    page.raw(upstream.checker == nil ? " (NO checkers)\n" : "\n")
    page.raw("    Primary Peers\n")
    write(.primary, of: upstream, to: &page)
    page.raw("    Backup Peers\n")
    write(.backup, of: upstream, to: &page)
  }

  private static func write(_ role: Role, of upstream: UpstreamView, to page: inout PageBytes) {
    for peer in upstream.peers where peer.record.role == role {
      page.raw("        ")
      page.plain(peer.record.peer.text)
      page.raw(peer.record.status == .up ? " UP\n" : " DOWN\n")
    }
  }
}
