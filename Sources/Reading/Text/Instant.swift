/// A moment for display, in milliseconds since 1970 (UTC).
///
/// Foundation's formatters cost more than the rest of a page; a calendar without time zones is a few lines.
package struct Instant: Hashable, Sendable {
  package var ms: Int64

  package init(ms: Int64) {
    self.ms = ms
  }

  /// `2026-11-23T03:00:01.123Z` (RFC 3339).
  package var rfc3339: String {
    "\(date)T\(time).\(Self.digits(Int(ms - seconds * 1000), 3))Z"
  }

  /// `2026-11-23 03:00:01 UTC`, for people.
  package var plain: String { "\(date) \(time) UTC" }

  /// `Mon, 23 Nov 2026 03:00:01 GMT` (RFC 9110, section 5.6.7).
  package var httpDate: String {
    let (year, month, day) = civil
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let weekday = weekdays[Int(days - Self.floorDivide(days, 7) * 7)]
    return "\(weekday), \(Self.digits(day, 2)) \(months[month - 1]) \(Self.digits(year, 4)) \(time) GMT"
  }

  private var seconds: Int64 { Self.floorDivide(ms, 1000) }
  private var days: Int64 { Self.floorDivide(seconds, 86_400) }

  private var date: String {
    let (year, month, day) = civil
    return "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
  }

  private var time: String {
    let second = Int(seconds - days * 86_400)
    return [second / 3600, second / 60 % 60, second % 60].map { Self.digits($0, 2) }.joined(separator: ":")
  }

  /// The day in the Gregorian calendar. Years begin in March here, so that the leap day is the last of its year.
  private var civil: (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468  // days from 0000-03-01 to 1970-01-01
    let era = Self.floorDivide(shifted, 146_097)  // 400 years
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (Int(year), Int(month), Int(dayOfYear - (153 * march + 2) / 5 + 1))
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
  }

  private static func digits(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}
