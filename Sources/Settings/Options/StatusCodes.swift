/// Reads one entry of `valid_statuses`.
enum StatusCodes {
  /// A code, a range such as `200-299`, or a hundred such as `2xx`.
  static func parse(_ text: String, _ dialect: Dialect) throws(ValueError) -> ClosedRange<UInt16> {
    if let hundred = hundred(text) { return hundred }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let low = Number.whole(String(parts[0]).trimmed),
      let high = Number.whole(String(parts[1]).trimmed)
    else {
      let code = UInt16(try Number.whole(text, in: OptionRange.statuses, "status code"))
      return code...code
    }
    guard low <= high, OptionRange.statuses.contains(low), OptionRange.statuses.contains(high) else {
      throw ValueError(
        what: "\"\(Quoting.short(text))\" is not a range of status codes",
        remedy: "write the lower one first, from \(OptionRange.statuses.lowerBound) to "
          + "\(OptionRange.statuses.upperBound): \(dialect == .yaml ? "200-299" : "\"200-299\"")")
    }
    return UInt16(low)...UInt16(high)
  }

  /// `2xx` or `2XX`: all codes that begin with the digit.
  private static func hundred(_ text: String) -> ClosedRange<UInt16>? {
    let bytes = Array(text.utf8)
    guard bytes.count == 3, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[0]),
      ["xx", "XX"].contains(String(text.dropFirst()))
    else { return nil }
    let first = UInt16(bytes[0] - UInt8(ascii: "0")) * 100
    return first...(first + 99)
  }
}
