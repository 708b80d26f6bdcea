import Health
import Testing

/// Names that are only shown, characters that nobody sees, status codes in short.
struct TextTests {
  @Test(arguments: [
    ("foo.com", true, true), ("127.0.0.1:80", true, true), ("[::1]:80", true, false),
    ("/run/a.sock", true, false),
    (String(repeating: "x", count: 65), true, false), (String(repeating: "x", count: 512), true, false),
    (String(repeating: "x", count: 513), false, false), ("", false, false), ("bücher", true, false),
    ("a b", true, false), ("a\u{202E}b", false, false), ("a\nb", false, false), ("a\u{FFFD}", false, false),
  ]) func namesThatAreOnlyShown(_ text: String, _ isShown: Bool, _ isChecked: Bool) {
    let name = UpstreamName(shown: text)
    #expect((name != nil) == isShown)
    #expect(name?.mayBeChecked ?? false == isChecked)
    #expect((UpstreamName(text) != nil) == isChecked)
  }

  @Test(
    arguments: [
      ([], []), ([200], ["200"]), ([200, 302], ["200", "302"]), ([200, 201], ["200", "201"]),
      ([200, 201, 202], ["200-202"]), (Array(200...299), ["2xx"]), (Array(200...302), ["2xx", "300-302"]),
      (Array(150...450), ["150-199", "2xx", "3xx", "400-450"]),
      (Array(0...999), ["0-99"] + (1...9).map { "\($0)xx" }),
      (Array(0...99), ["0-99"]), (Array(199...298), ["199-298"]),
      (Array(200...298) + [404], ["200-298", "404"]),
      ([65535, 0, 1, 2], ["65535", "0-2"]),
    ] as [([UInt16], [String])]) func statusCodesInShort(_ codes: [UInt16], _ texts: [String])
  {
    #expect(StatusRanges.texts(codes) == texts)
  }

  @Test func hiddenCharactersHaveNames() {
    #expect(HiddenCharacter.first(in: "a é 你 😀 Ω/:\u{FFFD}") == nil)
    #expect(HiddenCharacter.first(in: "a\u{200D}b") == "\u{200D}")
    #expect(HiddenCharacter.name(of: "\u{202E}") == "U+202E RIGHT-TO-LEFT OVERRIDE")
    #expect(HiddenCharacter.name(of: "\u{7}").hasPrefix("U+0007"))
  }
}
