/// Numbers as tables show them.
package enum Numbers {
  /// With so many digits after the point.
  package static func decimal(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let whole = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let rest = String(whole % scale)
    return "\(sign)\(whole / scale).\(String(repeating: "0", count: places - rest.count))\(rest)"
  }

  /// Thousands with a comma.
  package static func grouped(_ value: Double) -> String {
    let digits = Array(decimal(abs(value), 0))
    let text = digits.enumerated().map { index, digit in
      (index > 0 && (digits.count - index).isMultiple(of: 3) ? "," : "") + String(digit)
    }
    return (value < 0 ? "-" : "") + text.joined()
  }
}
