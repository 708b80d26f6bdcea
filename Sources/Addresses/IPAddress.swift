/// An IPv4 or IPv6 address, as a value.
///
/// Text is read as nginx reads it: IPv4 as four decimal numbers, IPv6 as RFC 4291 writes it (with `::` and with an
/// IPv4 tail), without a zone. `text` is the one spelling of RFC 5952, so two spellings of an address give one name.
package struct IPAddress: Hashable, Sendable {
  package enum Family: Hashable, Sendable {
    case v4
    case v6
  }

  package let family: Family
  /// The upper and lower 64 bits; IPv4 is kept as the mapped address `::ffff:a.b.c.d`.
  let high: UInt64
  let low: UInt64

  init(family: Family, high: UInt64, low: UInt64) {
    self.family = family
    self.high = high
    self.low = low
  }

  /// The upper 96 bits of every IPv4-mapped address, shifted into the lower word.
  static let mappedPrefix: UInt64 = 0xffff_0000_0000

  /// An address from its 4 or 16 bytes in network order; nil for another count.
  package init?(bytes: some Collection<UInt8>) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in bytes {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte)
    }
    switch bytes.count {
    case 4: self.init(family: .v4, high: 0, low: Self.mappedPrefix | low)
    case 16: self.init(family: .v6, high: high, low: low)
    default: return nil
    }
  }

  /// An address from its text; nil when it is none, or has a zone (`%eth0`), brackets or a port.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let groups = Self.groups(bytes[...]) else { return nil }
      self.init(family: .v6, high: Self.word(groups[0..<4]), low: Self.word(groups[4..<8]))
    } else {
      guard let value = Self.quad(bytes[...]) else { return nil }
      self.init(family: .v4, high: 0, low: Self.mappedPrefix | UInt64(value))
    }
  }

  /// Its 4 or 16 bytes in network order.
  package var bytes: [UInt8] {
    let all = [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
    return family == .v4 ? Array(all.suffix(4)) : all
  }

  /// The address without the wrapping of IPv6 around IPv4 (`::ffff:10.0.0.1` is `10.0.0.1`), which is how an
  /// IPv4 client appears on a dual-stack socket.
  package var unmapped: IPAddress {
    guard high == 0, low & ~0xffff_ffff == Self.mappedPrefix else { return self }
    return IPAddress(family: .v4, high: high, low: low)
  }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6, each by its number.
  package static func < (left: Self, right: Self) -> Bool {
    if left.family != right.family { return left.family == .v4 }
    return (left.high, left.low) < (right.high, right.low)
  }
}

// Reading.
extension IPAddress {
  /// `a.b.c.d`, each 0 to 255, at most three digits each.
  private static func quad(_ text: ArraySlice<UInt8>) -> UInt32? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let number = digits(part, radix: 10, most: 3), number <= 255 else { return nil }
      value = value << 8 | number
    }
    return value
  }

  /// The eight groups of an IPv6 address.
  private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
    guard let gap = gap(in: text) else {
      guard let all = run(text, mayEndInQuad: true), all.count == 8 else { return nil }
      return all
    }
    guard let left = run(text[..<gap], mayEndInQuad: false),
      let right = run(text[(gap + 2)...], mayEndInQuad: true),
      left.count + right.count < 8
    else { return nil }
    return left + Array(repeating: 0, count: 8 - left.count - right.count) + right
  }

  /// Where the first `::` is. A second one makes an empty group, which `run` refuses.
  private static func gap(in text: ArraySlice<UInt8>) -> Int? {
    let colon = UInt8(ascii: ":")
    return text.indices.first { text[$0] == colon && $0 + 1 < text.endIndex && text[$0 + 1] == colon }
  }

  /// Groups with `:` between them; none for an empty text.
  private static func run(_ text: ArraySlice<UInt8>, mayEndInQuad: Bool) -> [UInt16]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count <= 8 else { return nil }
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
      if mayEndInQuad, index == parts.count - 1, let value = quad(part) {
        groups += [UInt16(truncatingIfNeeded: value >> 16), UInt16(truncatingIfNeeded: value)]
      } else {
        guard let value = digits(part, radix: 16, most: 4) else { return nil }
        groups.append(UInt16(truncatingIfNeeded: value))
      }
    }
    return groups
  }

  private static func digits(_ text: ArraySlice<UInt8>, radix: UInt32, most: Int) -> UInt32? {
    guard (1...most).contains(text.count) else { return nil }
    var value: UInt32 = 0
    for byte in text {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix else { return nil }
      value = value * radix + UInt32(digit)
    }
    return value
  }

  private static func word(_ groups: ArraySlice<UInt16>) -> UInt64 {
    groups.reduce(0) { $0 << 16 | UInt64($1) }
  }
}

// Writing.
extension IPAddress: CustomStringConvertible {
  package var text: String {
    if family == .v4 { return Self.quadText(low) }
    if unmapped.family == .v4 { return "::ffff:" + Self.quadText(low) }
    let groups = (0..<8).map {
      UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4)))
    }
    guard let zeros = Self.longestZeros(groups) else { return Self.joined(groups[...]) }
    return Self.joined(groups[..<zeros.lowerBound]) + "::" + Self.joined(groups[zeros.upperBound...])
  }

  package var description: String { text }

  private static func quadText(_ low: UInt64) -> String {
    "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
  }

  private static func joined(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first of the longest runs of two or more zero groups.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > max(best?.count ?? 0, 1) { best = start..<index }
      start = index + 1
    }
    return best
  }
}
