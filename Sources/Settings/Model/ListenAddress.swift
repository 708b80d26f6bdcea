import Addresses

/// Where the node serves HTTP.
package struct ListenAddress: Hashable, Sendable {
  /// An address or a host's name, without brackets.
  package var host: String
  /// 0: the system chooses a free one.
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// 127.0.0.1:8080
  package static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

  /// `host:port` or `[ipv6]:port`; both parts are needed.
  static func parse(_ text: String) throws(ValueError) -> ListenAddress {
    let wanted = "write host:port, like 127.0.0.1:8080, or 0.0.0.0:8080 for every address of this machine"
    if text.isEmpty || text.hasPrefix(":") || text.utf8.allSatisfy(\.isDigit) {
      throw ValueError(what: "\"\(Quoting.short(text))\" names no host to listen on", remedy: wanted)
    }
    let address = try HostPort(reading: text, ports: 0...65535, wanted: wanted)
    guard let port = address.port else {
      throw ValueError(what: "\"\(Quoting.short(text))\" names no port to listen on", remedy: wanted)
    }
    return ListenAddress(host: address.host.text, port: port)
  }
}

extension ListenAddress: CustomStringConvertible {
  package var description: String { HostPort.text(host: host, port: port) }
}
