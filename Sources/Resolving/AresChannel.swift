import Addresses
import CAres
import Glibc
import Naming

/// A channel of c-ares, which ends with this object.
final class AresChannel {
  let channel: ares_channel

  /// - Throws: where there is no memory, or a file of the system cannot be read.
  init(servers: [HostPort]) throws(NameFailure) {
    if let failure = Self.start { throw failure }
    var options = ares_options()
    options.timeout = Resolver.serverMs
    options.tries = Resolver.tries
    var made: ares_channel?
    let status = ares_init_options(&made, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES)
    guard status == ARES_SUCCESS.rawStatus, let made else { throw NameFailure(ares: status) }
    channel = made
    guard !servers.isEmpty else { return }
    let list = servers.map { HostPort($0.host, port: $0.port ?? 53).description }.joined(separator: ",")
    let set = ares_set_servers_ports_csv(made, list)
    if set != ARES_SUCCESS.rawStatus { throw NameFailure(ares: set) }
  }

  deinit { ares_destroy(channel) }

  /// Nil: the library is ready.
  private static let start: NameFailure? = {
    let status = ares_library_init(ARES_LIB_INIT_ALL)
    return status == ARES_SUCCESS.rawStatus ? nil : NameFailure(ares: status)
  }()

  // MARK: Its sockets

  /// Waits until something comes or a server is to be given up, at most so many ms, and takes note of it.
  func turn(atMostMs mostMs: Int64) {
    var sockets = [ares_socket_t](repeating: ARES_SOCKET_BAD, count: Int(ARES_GETSOCK_MAXNUM))
    let bits = ares_getsock(channel, &sockets, ARES_GETSOCK_MAXNUM)
    var entries: [pollfd] = []
    for (index, socket) in sockets.enumerated() {
      var events: Int32 = 0
      if bits & (1 << Int32(index)) != 0 { events |= POLLIN }
      if bits & (1 << (Int32(index) + ARES_GETSOCK_MAXNUM)) != 0 { events |= POLLOUT }
      if events != 0 { entries.append(pollfd(fd: socket, events: Int16(events), revents: 0)) }
    }
    let count = poll(&entries, nfds_t(entries.count), patience(atMostMs: mostMs))
    guard count > 0 else { return ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD) }
    for entry in entries where entry.revents != 0 {
      let isReadable = Int32(entry.revents) & ~POLLOUT != 0
      let isWritable = Int32(entry.revents) & POLLOUT != 0
      ares_process_fd(
        channel, isReadable ? entry.fd : ARES_SOCKET_BAD, isWritable ? entry.fd : ARES_SOCKET_BAD)
    }
  }

  private func patience(atMostMs mostMs: Int64) -> Int32 {
    var most = timeval(tv_sec: Int(mostMs / 1000), tv_usec: Int(mostMs % 1000) * 1000)
    var wait = timeval()
    guard let next = ares_timeout(channel, &most, &wait)?.pointee else { return Int32(mostMs) }
    // Rounded up: to wake a moment early would be to wake for nothing.
    return Int32(next.tv_sec * 1000 + (next.tv_usec + 999) / 1000)
  }
}

extension NameFailure {
  /// - Parameter status: of c-ares.
  init(ares status: Int32) {
    let kind: Kind =
      switch status {
      case ARES_ENOTFOUND.rawStatus: .notFound
      case ARES_ENODATA.rawStatus: .empty
      default: .failed
      }
    let text = ares_strerror(status).map { String(cString: $0) } ?? "error \(status)"
    self.init(kind, text)
  }
}

extension BinaryInteger {
  /// c-ares' constants are macros, which arrive as one type of number or another.
  var rawStatus: Int32 { Int32(truncatingIfNeeded: self) }
}
