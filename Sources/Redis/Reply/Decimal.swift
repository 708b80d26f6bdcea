/// Decimal integers in replies, without a detour over `String`.
enum Decimal {
  /// `-` and digits; nil for anything else, and beyond 64 bits.
  static func parse(_ text: UnsafeRawBufferPointer) -> Int? {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = isNegative ? text.dropFirst() : text[...]
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      // Downwards, because the smallest integer has no positive twin.
      let (tens, isTooFar) = value.multipliedReportingOverflow(by: 10)
      let (next, isBeyond) = tens.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      guard !isTooFar, !isBeyond else { return nil }
      value = next
    }
    guard !isNegative else { return value }
    return value == .min ? nil : -value
  }
}
