import Glibc

/// The kinds of addresses that this machine has itself: as for nginx, hosts are not asked for others.
struct Families {
  private var hasV4 = false
  private var hasV6 = false

  /// What to ask for: both where it has both, or none but that of the loopback.
  var asked: Int32 { hasV4 == hasV6 ? AF_UNSPEC : hasV4 ? AF_INET : AF_INET6 }

  static func ofThisMachine() -> Families {
    var families = Families()
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return families }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0, let address = entry.ifa_addr else {
        continue
      }
      switch Int32(address.pointee.sa_family) {
      case AF_INET: families.hasV4 = true
      case AF_INET6: families.hasV6 = true
      default: break
      }
    }
    return families
  }
}
