import Testing

@testable import Web

/// Whether every text of the page can be read (WCAG 2.2, success criterion 1.4.3: 4.5 to 1).
@Suite("Contrast")
struct ContrastTests {
  static let least = 4.5
  /// Texts that may stand on any of `grounds`.
  static let inks = ["ink", "dim", "link", "up", "down", "warn"]
  static let grounds = ["ground", "card", "soft", "hover", "up-wash", "down-wash", "warn-wash", "flash"]
  /// Colours of marks that bear no text of their own, unless the rule names the text's colour too.
  static let marks = ["up-mark", "down-mark", "warn-mark", "rest-mark"]

  @Test("Both themes are found, and the measure is right")
  func measure() throws {
    #expect(StyleTheme.all.count == 2)
    let theme = StyleTheme(
      name: "", colours: ["black": "#000000", "white": "#ffffff", "grey": "#767676", "red": "#d64545"])
    for (text, expected) in [("black", 21), ("grey", 4.54), ("red", 4.38)] {
      let contrast = try #require(theme.contrast(text, "white"))
      #expect(abs(contrast - expected) < 0.01)
    }
  }

  @Test("Each text on each ground", arguments: StyleTheme.all, inks)
  func texts(_ theme: StyleTheme, _ text: String) throws {
    for ground in Self.grounds {
      let contrast = try #require(theme.contrast(text, ground), "\(text) or \(ground) is not named")
      #expect(contrast >= Self.least, "\(text) on \(ground): \(contrast)")
    }
  }

  @Test(
    "Each rule's text on its own ground, and no colour that the tables above do not know",
    arguments: StyleTheme.all)
  func rules(_ theme: StyleTheme) throws {
    let rules = StyleRule.all.filter { !$0.selector.contains(":root") }
    #expect(rules.count > 100)
    let pairs = try rules.count { try hasGoodPair($0, theme) }
    #expect(pairs > 10)
    for rule in rules { try checkGround(of: rule) }
  }

  /// Whether the rule names both, which are then checked.
  private func hasGoodPair(_ rule: StyleRule, _ theme: StyleTheme) throws -> Bool {
    guard let text = rule["color"], !["inherit", "currentColor"].contains(text) else { return false }
    let name = try #require(StyleRule.name(in: text), "\(rule.selector) has a colour without a name: \(text)")
    guard let ground = rule["background"].flatMap(StyleRule.name(in:)) else {
      #expect(Self.inks.contains(name), "\(rule.selector): \(name) has no ground of its own")
      return false
    }
    let contrast = try #require(theme.contrast(name, ground))
    #expect(contrast >= Self.least, "\(rule.selector): \(name) on \(ground): \(contrast)")
    return true
  }

  private func checkGround(of rule: StyleRule) throws {
    #expect(rule["color"] == nil || rule["opacity"] ?? "1" == "1", "\(rule.selector) fades its text")
    guard let value = rule["background"], value != "none" else { return }
    let ground = try #require(
      StyleRule.name(in: value), "\(rule.selector) has a ground without a name: \(value)")
    let isMark = Self.marks.contains(ground) && rule.selector.contains("::before")
    #expect(
      Self.grounds.contains(ground) || rule["color"] != nil || isMark,
      "\(rule.selector): text may stand on \(ground)")
  }
}

/// The named colours of one theme.
struct StyleTheme: CustomTestStringConvertible, Sendable {
  var name: String
  /// `#rrggbb` each.
  var colours: [String: String]

  var testDescription: String { name }

  static let all: [StyleTheme] = {
    let blocks = PageFiles.style.ranges(of: ":root").map { start in
      PageFiles.style[start.upperBound...].prefix { $0 != "}" }
    }
    guard blocks.count == 2 else { return [] }
    let light = colours(blocks[0])
    let dark = light.merging(colours(blocks[1])) { $1 }
    return [StyleTheme(name: "light", colours: light), StyleTheme(name: "dark", colours: dark)]
  }()

  private static func colours(_ block: Substring) -> [String: String] {
    var colours: [String: String] = [:]
    for part in block.split(separator: ";") {
      let words = part.split { $0 == ":" || $0.isWhitespace || $0 == "{" }
      guard words.count >= 2, let value = words.last, value.hasPrefix("#") else { continue }
      colours[String(words[words.count - 2].dropFirst(2))] = String(value)
    }
    return colours
  }

  /// Nil: one of them is not named.
  func contrast(_ text: String, _ ground: String) -> Double? {
    guard let text = colours[text].flatMap(Self.luminance),
      let ground = colours[ground].flatMap(Self.luminance)
    else { return nil }
    return (max(text, ground) + 0.05) / (min(text, ground) + 0.05)
  }

  private static func luminance(_ colour: String) -> Double? {
    guard colour.count == 7, let number = Int(colour.dropFirst(), radix: 16) else { return nil }
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(number >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : power((part + 0.055) / 1.055)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  /// To the power of 2.4, as 12/5: the fifth root by Newton's method.
  private static func power(_ base: Double) -> Double {
    let twelfth = (0..<12).reduce(1.0) { product, _ in product * base }
    return (0..<60).reduce(1.0) { root, _ in
      let fourth = root * root * root * root
      return root - (fourth * root - twelfth) / (5 * fourth)
    }
  }
}

/// One rule of the style sheet, those inside `@media` too.
struct StyleRule {
  var selector: Substring
  private var declarations: [(name: Substring, value: Substring)]

  /// The value of a property.
  subscript(_ name: String) -> String? {
    declarations.last { $0.name == name }.map { String($0.value) }
  }

  static let all: [StyleRule] = PageFiles.style.split(separator: "}").compactMap { block in
    guard let open = block.lastIndex(of: "{") else { return nil }
    let declarations = block[block.index(after: open)...].split(separator: ";").compactMap { part in
      let pair = part.split(separator: ":", maxSplits: 1).map(trimmed)
      return pair.count == 2 ? (name: pair[0], value: pair[1]) : nil
    }
    return StyleRule(selector: block[..<open], declarations: declarations)
  }

  /// The name in `var(--name)`.
  static func name(in value: String) -> String? {
    value.hasPrefix("var(--") && value.hasSuffix(")") ? String(value.dropFirst(6).dropLast()) : nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
