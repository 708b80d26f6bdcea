/// Status codes as people write them: `2xx`, `200-204`, `302`.
package enum StatusRanges {
  /// Ascending codes in short: a whole hundred as `2xx`, three or more in a row as `200-204`, others alone.
  package static func texts(_ codes: [UInt16]) -> [String] {
    runs(codes).flatMap(pieces).flatMap(text)
  }

  private static func runs(_ codes: [UInt16]) -> [ClosedRange<UInt16>] {
    codes.reduce(into: []) { runs, code in
      if let last = runs.last, last.upperBound < code, last.upperBound + 1 == code {
        runs[runs.count - 1] = last.lowerBound...code
      } else {
        runs.append(code...code)
      }
    }
  }

  /// The whole hundreds of a run, and what is before and behind them.
  private static func pieces(_ run: ClosedRange<UInt16>) -> [ClosedRange<UInt16>] {
    let hundreds = (1...9).map { UInt16($0) * 100 }.filter { run.contains($0) && run.contains($0 + 99) }
    guard let first = hundreds.first, let last = hundreds.last else { return [run] }
    var pieces = hundreds.map { $0...($0 + 99) }
    if run.lowerBound < first { pieces.insert(run.lowerBound...(first - 1), at: 0) }
    if last + 99 < run.upperBound { pieces.append((last + 100)...run.upperBound) }
    return pieces
  }

  private static func text(_ run: ClosedRange<UInt16>) -> [String] {
    let hundred = run.lowerBound / 100
    if (1...9).contains(hundred), run == hundred * 100...hundred * 100 + 99 { return ["\(hundred)xx"] }
    return run.count > 2 ? ["\(run.lowerBound)-\(run.upperBound)"] : run.map { "\($0)" }
  }
}
