/// A backend as it really is.
package struct Backend {
  /// Faults that make it refuse now, and so on: they may overlap.
  var refusing = 0
  var silent = 0
  var slowMs: [Int64] = []
  /// It is in the bad half of flapping.
  var flappedDown = 0

  /// Whether it answered a probe of this time-out, and since when: the last change first.
  private var history: [(sinceUs: Int64, isGood: Bool)] = [(.min, true)]

  enum Behaviour {
    case answers(afterMs: Int64)
    case refuses
    case silent
  }

  var behaviour: Behaviour {
    if refusing > 0 || flappedDown > 0 { return .refuses }
    if silent > 0 { return .silent }
    return .answers(afterMs: slowMs.max() ?? 0)
  }

  func isGood(timeoutMs: Int64) -> Bool {
    if case .answers(let ms) = behaviour { ms < timeoutMs } else { false }
  }

  /// Whether it depends on the clock of who asks: they run up to half as fast again, or as slow.
  func isBorderline(timeoutMs: Int64) -> Bool {
    guard case .answers(let ms) = behaviour, ms > 0 else { return false }
    return ms * 3 >= timeoutMs * 2 - 15 && ms * 2 <= timeoutMs * 3
  }

  /// When it last was so: true µs.
  package internal(set) var borderlineUs: Int64 = .min

  /// Keeps what has changed for those who ask what was true when.
  mutating func note(isGood: Bool, at us: Int64) {
    guard history.last?.isGood != isGood else { return }
    history.append((us, isGood))
  }

  package var isGood: Bool { history.last?.isGood ?? true }
  package var sinceUs: Int64 { history.last?.sinceUs ?? .min }

  /// What it was before the last change, and since when.
  var before: (sinceUs: Int64, isGood: Bool) { history.dropLast().last ?? (.min, true) }

  /// It answers or refuses at once.
  var isQuick: Bool { silent == 0 && slowMs.isEmpty }

  /// Whether it was `isGood` at some moment from `us` on.
  package func was(_ isGood: Bool, since us: Int64) -> Bool {
    if self.isGood == isGood { return true }
    // It has been the contrary since `sinceUs`; before that it was `isGood`.
    return history.count > 1 && sinceUs > us
  }
}
