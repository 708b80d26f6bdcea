import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Why the server does not serve.
package enum WebServerError: Error, Hashable, Sendable, CustomStringConvertible {
  case inUse(WebAddress)
  case cannotListen(WebAddress, String)

  init(address: WebAddress, _ error: IOError) {
    self = error.errnoCode == EADDRINUSE ? .inUse(address) : .cannotListen(address, error.description)
  }

  package var description: String {
    switch self {
    case .inUse(let address):
      "cannot listen on \(address): the port is in use; stop what listens there, or choose another address with "
        + "the setting listen or the flag --listen"
    case .cannotListen(let address, let reason):
      "cannot listen on \(address): \(reason)"
    }
  }
}
