import NIOConcurrencyHelpers

/// Those who want to hear that other places are right now.
final class MoveHearers: Sendable {
  private let hearers = NIOLockedValueBox<[@Sendable () -> Bool]>([])

  func add(_ hearer: @escaping @Sendable () -> Bool) {
    hearers.withLockedValue { $0.append(hearer) }
  }

  /// Tells all, and forgets those who are gone.
  func tell() {
    let told = hearers.withLockedValue { hearers in
      defer { hearers = [] }
      return hearers
    }
    let rest = told.filter { $0() }
    hearers.withLockedValue { $0 += rest }
  }
}
