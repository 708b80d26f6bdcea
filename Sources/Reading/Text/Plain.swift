/// Text that came from outside, for a terminal: nothing in it may move the cursor or begin a line of its own.
package enum Plain {
  /// Control characters become U+FFFD.
  package static func text(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      shown.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar)
    }
    return shown
  }

  /// The same in quotation marks.
  static func quoted(_ text: String) -> String { "\"\(Plain.text(text))\"" }

  /// Those that end or turn a line are among them.
  package static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
