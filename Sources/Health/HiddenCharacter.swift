/// Characters that nobody sees, or that change how those around them are shown: controls, marks of direction, zero
/// widths. A name with one of them in it can look like another name.
package enum HiddenCharacter {
  /// The first one in a text; nil: there is none.
  package static func first(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first(where: isHidden)
  }

  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  /// What people call it, for messages: `U+202E RIGHT-TO-LEFT OVERRIDE`.
  package static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let kind = scalar.properties.generalCategory == .control ? "(a control character)" : ""
    return [code, scalar.properties.name ?? kind].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
