/// One word of Lua, and where it begins.
struct LuaToken: Equatable {
  enum Kind: Equatable {
    case name(String)
    case keyword(String)
    /// The bytes of a text; literal: between long brackets, where no escapes are read.
    case string([UInt8], isLiteral: Bool)
    case number(LuaNumber)
    /// `=`, `..`, `{`, or a byte that is no Lua at all.
    case symbol(String)
    /// What is wrong with it. A reader that only looks for the end of the Lua passes over it.
    case bad(String)
    case end
  }

  var kind: Kind
  /// Index in the bytes that are read.
  var at: Int

  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil",
    "not", "or",
    "repeat", "return", "then", "true", "until", "while",
  ]

  /// Symbols of more than one byte, the longest first.
  static let longSymbols = ["...", "..", "==", "~=", "<=", ">=", "::"]
}

/// A number as Lua reads it.
struct LuaNumber: Equatable {
  var value: Double
  /// As it is written.
  var source: String

  /// Lua's own text of it, where it is whole; else as it is written.
  var text: String {
    Int(exactly: value).map(String.init) ?? source
  }

  /// Decimal, hexadecimal, with an exponent, or with LuaJIT's endings for 64-bit integers; nil for anything else.
  init?(_ source: String) {
    var digits = source.lowercased()
    for ending in ["ull", "ll"] where digits.hasSuffix(ending) {
      digits.removeLast(ending.count)
      break
    }
    let isHex = digits.hasPrefix("0x")
    guard
      digits.utf8.allSatisfy({ $0.isDigit || ".+-exp".utf8.contains($0) || (isHex && $0.hexValue != nil) })
    else {
      return nil
    }
    if digits.hasPrefix(".") { digits = "0" + digits }
    if digits.hasSuffix(".") { digits.removeLast() }
    guard let value = Double(digits) else { return nil }
    self.value = value
    self.source = source
  }

  init(negating number: LuaNumber) {
    value = -number.value
    source = "-" + number.source
  }
}
