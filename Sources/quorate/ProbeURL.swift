import Addresses
import ArgumentParser

/// `https://api.internal:8443/healthz` or `grpc://api.internal:50051/shop.Cart` as `quorate probe` takes it: whom to ask for
/// what.
struct ProbeURL {
  private enum Scheme: String, CaseIterable {
    case http, https, grpc, grpcs
  }

  var isSecured: Bool
  var isGrpc: Bool
  /// As it is written: for the Host header.
  var authority: String
  /// `HOST:PORT`.
  var peer: String
  /// For SNI and verification.
  var host: String
  var path: String

  /// What gRPC is asked for; empty: the whole server.
  var service: String { String(path.dropFirst()) }

  /// Nil: it is no URL of HTTP or gRPC.
  init?(_ text: String) throws {
    guard let scheme = Scheme.allCases.first(where: { text.hasPrefix("\($0.rawValue)://") }) else {
      return nil
    }
    isSecured = scheme == .https || scheme == .grpcs
    isGrpc = scheme == .grpc || scheme == .grpcs
    let rest = text.dropFirst(scheme.rawValue.count + 3)
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
      throw ValidationError(
        "\(text) names no host: write \(scheme.rawValue)://HOST:PORT/\(isGrpc ? "SERVICE" : "PATH")")
    }
  }
}
