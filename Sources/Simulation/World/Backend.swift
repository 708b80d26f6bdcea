/// A backend as it really is.
package struct Backend {
  /// Faults that make it refuse now, and so on: they may overlap.
  var refusing = 0
  var silent = 0
  var slowMs: [Int64] = []
  /// It is in the bad half of flapping.
  var flappedDown = 0
  /// What is true for a probe, for each time-out that the settings of any upstream have: one may be too short for it while
  /// another is not.
  private(set) var truths: [Truth]

  enum Behaviour {
    case answers(afterMs: Int64)
    case refuses
    case silent
  }

  /// - Parameter timeoutsMs: not empty.
  init(timeoutsMs: [Int64]) { truths = timeoutsMs.map { Truth(timeoutMs: $0) } }

  var behaviour: Behaviour {
    if refusing > 0 || flappedDown > 0 { return .refuses }
    if silent > 0 { return .silent }
    return .answers(afterMs: slowMs.max() ?? 0)
  }

  /// It answers or refuses at once.
  var isQuick: Bool { silent == 0 && slowMs.isEmpty }

  /// What is true for a probe of this time-out.
  func truth(timeoutMs: Int) -> Truth { truths.first { $0.timeoutMs == timeoutMs } ?? truths[0] }

  /// Keeps what has changed for those who ask what was true when.
  ///
  /// - Returns: for which time-outs it has turned.
  mutating func note(at us: Int64) -> [Truth] {
    var turned: [Truth] = []
    for number in truths.indices where truths[number].note(behaviour, at: us) {
      turned.append(truths[number])
    }
    return turned
  }
}

/// Whether a backend answers a probe in time, and since when.
package struct Truth {
  package let timeoutMs: Int64
  /// The last change at the end.
  private var history: [(sinceUs: Int64, isGood: Bool)] = [(.min, true)]
  /// Whether it answers in time depends on the clock of who asks, and when it last did: true µs.
  private var isBorderline = false
  private var borderlineUs: Int64 = .min

  init(timeoutMs: Int64) { self.timeoutMs = timeoutMs }

  /// True: it has turned.
  fileprivate mutating func note(_ behaviour: Backend.Behaviour, at us: Int64) -> Bool {
    if isBorderline { borderlineUs = us }
    var isGood = false
    isBorderline = false
    if case .answers(let ms) = behaviour {
      isGood = ms < timeoutMs
      // Clocks run up to half as fast again, or as slow.
      isBorderline = ms > 0 && ms * 3 >= timeoutMs * 2 - 15 && ms * 2 <= timeoutMs * 3
    }
    guard history.last?.isGood != isGood else { return false }
    history.append((us, isGood))
    return true
  }

  package var isGood: Bool { history.last?.isGood ?? true }
  package var sinceUs: Int64 { history.last?.sinceUs ?? .min }

  /// What it was before the last change, and since when.
  var before: (sinceUs: Int64, isGood: Bool) { history.dropLast().last ?? (.min, true) }

  /// It answers so slowly, or did since, that it depends on the clock of who asks.
  func isUnclear(since us: Int64) -> Bool { isBorderline || borderlineUs >= us }

  /// Whether it was `isGood` at some moment from `us` on.
  package func was(_ isGood: Bool, since us: Int64) -> Bool {
    if self.isGood == isGood { return true }
    // It has been the contrary since `sinceUs`; before that it was `isGood`.
    return history.count > 1 && sinceUs > us
  }
}
