/// The clocks of one machine: how far they have run, at a rate of their own, and where the wall clock stands.
struct SimulatedClock {
  /// 2026-11-23, more or less.
  static let wallStartMs: Int64 = 1_795_400_000_000

  /// Thousandths of the true rate.
  private(set) var permille: Int64 = 1000
  private var anchorTrueUs: Int64 = 0
  private var anchorOwnUs: Int64
  private var jumpedMs: Int64 = 0

  /// - Parameter startMs: what the clock that never goes back reads at the beginning.
  init(startMs: Int64) {
    anchorOwnUs = startMs * 1000
  }

  func ownUs(at trueUs: Int64) -> Int64 { anchorOwnUs + (trueUs - anchorTrueUs) * permille / 1000 }

  func steadyMs(at trueUs: Int64) -> Int64 { ownUs(at: trueUs) / 1000 }

  func wallMs(at trueUs: Int64) -> Int64 { Self.wallStartMs + steadyMs(at: trueUs) + jumpedMs }

  /// How much true time passes while this clock runs so far: at least 1 µs.
  func trueUs(ofOwnUs own: Int64) -> Int64 { max((own * 1000 + permille - 1) / permille, 1) }

  mutating func set(permille: Int64, at trueUs: Int64) {
    anchorOwnUs = ownUs(at: trueUs)
    anchorTrueUs = trueUs
    self.permille = permille
  }

  mutating func jump(byMs: Int64) { jumpedMs += byMs }
}
