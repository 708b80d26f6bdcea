import Addresses
import ArgumentParser

/// `https://api.internal:8443/healthz` as `quorate probe` takes it: whom to ask for what.
struct ProbeURL {
  var isSecured: Bool
  /// As it is written: for the Host header.
  var authority: String
  /// `HOST:PORT`.
  var peer: String
  /// For SNI and verification.
  var host: String
  var path: String

  /// Nil: it is no URL of HTTP.
  init?(_ text: String) throws {
    guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return nil }
    isSecured = scheme == "https://"
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex(where: { "/?#".contains($0) }) ?? rest.endIndex
    authority = String(rest[..<end])
    let tail = rest[end...].prefix { $0 != "#" }
    path = tail.hasPrefix("/") ? String(tail) : "/" + tail
    guard !authority.contains("@") else {
      throw ValidationError("a URL to probe has no user and password")
    }
    do throws(HostPortError) {
      let address = try HostPort(authority)
      host = address.host.text
      peer = HostPort.text(host: host, port: address.port ?? (isSecured ? 443 : 80))
    } catch {
      throw ValidationError("\(text) names no host: write https://HOST:PORT/PATH")
    }
  }
}
