/// A set of addresses, as in nginx's `allow`: `10.0.0.0/8`, `::1`, or `all`.
///
/// Bits of the address beyond the prefix mean nothing and are dropped. An IPv6 client address that wraps an IPv4 one
/// (`::ffff:10.0.0.1`) counts as the IPv4 address, so one rule serves IPv4 and dual-stack sockets.
package struct Network: Hashable, Sendable {
  /// Nil: every address of both families.
  private let base: IPAddress?
  /// Bits that must agree: 0 to 32 for IPv4, 0 to 128 for IPv6.
  package let prefix: Int

  /// Every address.
  package static let all = Network()

  private init() {
    base = nil
    prefix = 0
  }

  /// The addresses that share their first `prefix` bits with `address`; nil when `prefix` is out of range.
  package init?(_ address: IPAddress, prefix: Int) {
    let narrow = address.unmapped
    let wrapped = narrow.family != address.family && prefix >= 96
    let kept = wrapped ? narrow : address
    let bits = wrapped ? prefix - 96 : prefix
    guard bits >= 0, bits <= Self.width(kept.family) else { return nil }
    base = kept.masked(to: bits)
    self.prefix = bits
  }

  /// `all`, an address, or an address and a prefix length with `/` between them; nil for anything else.
  package init?(_ text: some StringProtocol) {
    if text == "all" {
      self = .all
      return
    }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    guard parts.count == 2 else {
      self.init(address, prefix: Self.width(address.family))
      return
    }
    guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
      let prefix = Int(parts[1])
    else { return nil }
    self.init(address, prefix: prefix)
  }

  /// Whether a client with this address is meant.
  package func contains(_ address: IPAddress) -> Bool {
    guard let base else { return true }
    let client = address.unmapped
    return client.family == base.family && client.masked(to: prefix) == base
  }

  /// The same for an address as text, with or without a zone (`fe80::1%eth0`); false when it is no address.
  package func contains(text: some StringProtocol) -> Bool {
    let zoneless = text.prefix { $0 != "%" }
    guard let address = IPAddress(zoneless) else { return false }
    return contains(address)
  }

  /// The same for the 4 or 16 bytes of an address in network order; false for another count.
  package func contains(bytes: some Collection<UInt8>) -> Bool {
    guard let address = IPAddress(bytes: bytes) else { return false }
    return contains(address)
  }

  /// Whether some address is in both.
  package func overlaps(_ other: Network) -> Bool {
    guard let base, let otherBase = other.base else { return true }
    return prefix <= other.prefix ? contains(otherBase) : other.contains(base)
  }

  private static func width(_ family: IPAddress.Family) -> Int { family == .v4 ? 32 : 128 }
}

extension Network: CustomStringConvertible {
  /// `all`, or the address and its prefix length: `127.0.0.1/32`.
  package var description: String {
    base.map { "\($0)/\(prefix)" } ?? "all"
  }
}

extension IPAddress {
  /// The address with all but its first `bits` bits cleared; for IPv4 the count begins after the mapped prefix.
  fileprivate func masked(to bits: Int) -> IPAddress {
    let kept = family == .v4 ? bits + 96 : bits
    return IPAddress(
      family: family, high: high & Self.mask(kept), low: low & Self.mask(kept - 64))
  }

  /// A word whose first `bits` bits are set; none for 0 or less, all for 64 or more.
  private static func mask(_ bits: Int) -> UInt64 {
    if bits <= 0 { return 0 }
    return bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
  }
}
