import ArgumentParser

/// Where a row of seeds begins: a number, or `random`, which is drawn and told.
struct SeedStart: ExpressibleByArgument {
  let seed: UInt64
  let isDrawn: Bool

  /// Far from the ranges that are run again and again.
  private static let drawn: ClosedRange<UInt64> = 1_000_000_000...999_999_000_000

  init(seed: UInt64, isDrawn: Bool = false) {
    self.seed = seed
    self.isDrawn = isDrawn
  }

  init?(argument: String) {
    if argument == "random" {
      self.init(seed: UInt64.random(in: Self.drawn), isDrawn: true)
    } else if let seed = UInt64(argument) {
      self.init(seed: seed)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { "\(seed)" }
}
