/// Colours for a terminal; none where nobody looks at one.
package struct Paint: Sendable {
  package enum Colour: String, Sendable {
    case plain = ""
    case good = "32"
    case bad = "31"
    case doubtful = "33"
    case bold = "1"
  }

  private let isOn: Bool

  package init(isOn: Bool) {
    self.isOn = isOn
  }

  package func callAsFunction(_ text: String, _ colour: Colour) -> String {
    isOn && colour != .plain ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }
}
