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
    text(between: "T") { digits in
      digits.add(".")
      digits.add(Int((ms % 1000 + 1000) % 1000), 3)
      digits.add("Z")
    }
  }

  /// `2026-11-23 03:00:01 UTC`, for people.
  package var plain: String { text(between: " ") { $0.add(" UTC") } }

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

  /// Written into one string at once: a page has a thousand of them.
  private func text(between: StaticString, end: (inout Digits) -> Void) -> String {
    let (year, month, day) = civil
    return String(unsafeUninitializedCapacity: 40) { room in
      var digits = Digits(room: room)
      digits.add(year, 4)
      digits.add("-")
      digits.add(month, 2)
      digits.add("-")
      digits.add(day, 2)
      digits.add(between)
      addTime(to: &digits)
      end(&digits)
      return digits.count
    }
  }

  private func addTime(to digits: inout Digits) {
    let second = Int(seconds - days * 86_400)
    digits.add(second / 3600, 2)
    digits.add(":")
    digits.add(second / 60 % 60, 2)
    digits.add(":")
    digits.add(second % 60, 2)
  }

  private var time: String {
    String(unsafeUninitializedCapacity: 8) { room in
      var digits = Digits(room: room)
      addTime(to: &digits)
      return digits.count
    }
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
    value / divisor - (value % divisor < 0 ? 1 : 0)
  }

  private static func digits(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}

/// Numbers and signs, written one after the other into room for them; what does not fit is left out.
private struct Digits {
  let room: UnsafeMutableBufferPointer<UInt8>
  private(set) var count = 0

  init(room: UnsafeMutableBufferPointer<UInt8>) {
    self.room = room
  }

  mutating func add(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { add(text.utf8Start[index]) }
  }

  /// - Parameter width: at least so many digits.
  mutating func add(_ number: Int, _ width: Int) {
    if number < 0 { add("-") }
    let number = number.magnitude
    var divisor: UInt = 1
    for _ in 1..<width { divisor *= 10 }
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      add(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  private mutating func add(_ byte: UInt8) {
    guard count < room.count else { return }
    room[count] = byte
    count += 1
  }
}
