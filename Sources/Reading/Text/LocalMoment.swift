/// A moment as the clock on the reader's wall shows it.
package struct LocalMoment: Hashable, Sendable {
  package var year: Int
  /// From 1.
  package var month: Int
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int
  package var ms: Int
  /// Minutes that the wall is ahead of UTC.
  package var offset: Int

  package init(
    year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, ms: Int = 0, offset: Int = 0
  ) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.ms = ms
    self.offset = offset
  }

  /// `2026-11-23T03:12:07.123+01:00` (RFC 3339).
  package var rfc3339: String { "\(date)T\(time).\(Self.digits(ms, 3))\(zone)" }

  /// `03:12:07`.
  package var time: String { [hour, minute, second].map { Self.digits($0, 2) }.joined(separator: ":") }

  /// `2026-11-23`.
  package var date: String { "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))" }

  private var zone: String {
    guard offset != 0 else { return "Z" }
    let size = abs(offset)
    return "\(offset < 0 ? "-" : "+")\(Self.digits(size / 60, 2)):\(Self.digits(size % 60, 2))"
  }

  private static func digits(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}

/// Tells the reader's time of a moment in milliseconds since 1970.
package typealias LocalClock = @Sendable (_ ms: Int64) -> LocalMoment
