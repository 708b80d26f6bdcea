import Glibc

/// The system's calls on sockets, with errors as Swift throws them.
enum Socket {
  /// A socket that is bound and, where it has a port, may share it with others that allow it.
  static func bound(to address: LoopbackAddress) throws(BackendError) -> Int32 {
    let bytes = try address.bytes()
    let descriptor = try make(address.family)
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    if case .unix(let path) = address { removeSocket(at: path) }
    guard call(bytes, { bind(descriptor, $0, $1) }) == 0 else {
      let number = errno
      close(descriptor)
      throw BackendError(what: "cannot bind \(address.peer)", number: number)
    }
    return descriptor
  }

  static func make(_ family: Int32) throws(BackendError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { throw BackendError(what: "no socket", number: errno) }
    return descriptor
  }

  /// A pair of connected sockets, as a pipe that goes both ways. Both block, and no child inherits them by chance.
  static func pair() throws(BackendError) -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else {
      throw BackendError(what: "no pair of sockets", number: errno)
    }
    return (ends[0], ends[1])
  }

  /// The port that the system chose.
  static func port(of descriptor: Int32) -> UInt16 {
    var address = sockaddr_in6()  // its port is where that of `sockaddr_in` is
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    _ = withUnsafeMutableBytes(of: &address) { bytes in
      getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    return UInt16(bigEndian: address.sin6_port)
  }

  /// A connection to `address` in the making; `isMade` tells whether it is there within the time.
  static func connect(to address: LoopbackAddress, withinMs ms: Int32) -> (descriptor: Int32, isMade: Bool)? {
    guard let bytes = try? address.bytes(), let descriptor = try? make(address.family) else { return nil }
    if call(bytes, { Glibc.connect(descriptor, $0, $1) }) == 0 { return (descriptor, true) }
    guard errno == EINPROGRESS else { return (descriptor, false) }
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return (descriptor, poll(&waiting, 1, ms) == 1)
  }

  /// A connection that waits at the listener, if its other side is on this machine; nil when none waits.
  static func accept(_ listener: Int32) -> Int32? {
    while true {
      var peer = sockaddr_in6()
      var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
      let descriptor = withUnsafeMutableBytes(of: &peer) { bytes in
        Glibc.accept(listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
      }
      guard descriptor >= 0 else { return nil }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      if isLocal(peer) { return descriptor }
      close(descriptor)
    }
  }

  private static func isLocal(_ peer: sockaddr_in6) -> Bool {
    switch Int32(peer.sin6_family) {
    case AF_UNIX: true
    case AF_INET:
      withUnsafeBytes(of: peer) {
        LoopbackAddress.isLoopback($0.loadUnaligned(as: sockaddr_in.self).sin_addr)
      }
    case AF_INET6:
      withUnsafeBytes(of: peer.sin6_addr) { bytes in
        bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
      }
    default: false
    }
  }

  static func reset(_ descriptor: Int32) {
    var abort = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  static func removeSocket(at path: String) {
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
  }

  private static func call(
    _ address: [UInt8], _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
  ) -> Int32 {
    address.withUnsafeBytes {
      body($0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
  }
}
