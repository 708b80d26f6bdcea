/// Reads numbers and durations.
enum Number {
  /// A whole decimal number, with or without a sign; saturates instead of overflowing. Nil for anything else.
  static func whole(_ text: some StringProtocol) -> Int? {
    var digits = Array(text.utf8)[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard digit.isDigit else { return nil }
      value = value > Int.max / 10 - 1 ? Int.max : value * 10 + Int(digit - 48)
    }
    return isNegative ? -value : value
  }

  /// A whole number in a range.
  static func whole(_ text: String, in range: ClosedRange<Int>, _ name: String) throws(ValueError) -> Int {
    let remedy = "give a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let value = whole(text) else {
      throw ValueError(what: "\(name) \"\(Quoting.short(text))\" is not a whole number", remedy: remedy)
    }
    guard range.contains(value) else {
      throw ValueError(what: "\(name) \(Quoting.short(text)) is out of range", remedy: remedy)
    }
    return value
  }

  private static let units = ["": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]

  /// Milliseconds: a bare whole number, or a number with `ms`, `s`, `m`, `h` or `d`, such as `2.5s`. Nil for anything else, and
  /// for what is no whole number of milliseconds.
  static func milliseconds(_ text: String) -> Int? {
    let unit = text.drop { "+-.0123456789".contains($0) }
    guard let factor = units[String(unit)] else { return nil }
    let parts = text[..<unit.startIndex].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let count = whole(first) else { return nil }
    guard parts.count == 2 else { return product(count, factor) }
    // Digits alone behind the point, and few enough that nothing overflows.
    let digits = parts[1].utf8
    guard (1...9).contains(digits.count), digits.allSatisfy(\.isDigit), let fraction = whole(parts[1]),
      count < Int.max / 10_000_000_000, count >= 0, first.first != "-"
    else { return nil }
    let scale = digits.reduce(1) { scale, _ in scale * 10 }
    guard fraction * factor % scale == 0 else { return nil }
    return product(count, factor).map { $0 + fraction * factor / scale }
  }

  /// Saturates instead of overflowing.
  private static func product(_ count: Int, _ factor: Int) -> Int? {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? (count < 0 ? -Int.max : Int.max) : product
  }

  /// Milliseconds in a range.
  static func milliseconds(_ text: String, in range: ClosedRange<Int>, _ name: String) throws(ValueError)
    -> Int
  {
    let from = "\(duration(range.lowerBound)) to \(duration(range.upperBound))"
    guard let value = milliseconds(text) else {
      throw ValueError(
        what: "\(name) \"\(Quoting.short(text))\" is not a duration",
        remedy: "write 500ms, 2.5s or 1m, or a whole number of milliseconds; from \(from)")
    }
    guard range.contains(value) else {
      throw ValueError(what: "\(name) \(Quoting.short(text)) is out of range", remedy: "give \(from)")
    }
    return value
  }

  /// A duration as the settings write it: the largest unit that leaves a whole number.
  static func duration(_ milliseconds: Int) -> String {
    for (factor, unit) in [(3_600_000, "h"), (60_000, "m"), (1000, "s")]
    where milliseconds >= factor && milliseconds % factor == 0 {
      return "\(milliseconds / factor)\(unit)"
    }
    return "\(milliseconds)ms"
  }
}
