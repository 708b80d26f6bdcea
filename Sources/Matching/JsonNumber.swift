package import Health

/// Numbers as JSON writes them.
package enum JsonNumber {
  static func mayHold(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// `-`, digits without zeros before them, a fraction, an exponent.
  package static func isNumber(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = digits(&rest)
    guard whole.count == 1 || whole.count > 1 && whole.first != UInt8(ascii: "0") else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      if digits(&rest).isEmpty { return false }
    }
    if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      if digits(&rest).isEmpty { return false }
    }
    return rest.isEmpty
  }

  private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits
  }

  /// Whether two are the same number; whole ones of any size exactly, others as far as 64 bits tell.
  static func areEqual(_ left: String, _ right: String) -> Bool {
    if left == right { return true }
    if isWhole(left), isWhole(right) { return Int64(left) == 0 && Int64(right) == 0 }
    guard let left = Double(left), let right = Double(right) else { return false }
    return left == right
  }

  private static func isWhole(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

extension JsonScalar {
  /// Whether both are of one kind and mean the same.
  package func means(_ other: JsonScalar) -> Bool {
    if case .number(let left) = self, case .number(let right) = other {
      return JsonNumber.areEqual(left, right)
    }
    return self == other
  }
}
