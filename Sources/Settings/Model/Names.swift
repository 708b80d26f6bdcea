import Health

/// Rules of names that several readers share.
enum Names {
  static func plain(_ text: String, _ key: String) throws(ValueError) -> String {
    try HiddenCharacters.refuse(in: text, key)
    guard NameRule.plain.allows(text) else { throw bad(text, key, also: "") }
    return text
  }

  /// A name that can be shown at least.
  static func upstream(_ text: String) throws(ValueError) -> UpstreamName {
    try HiddenCharacters.refuse(in: text, "upstream")
    guard let name = UpstreamName(shown: text) else { throw bad(text, "upstream", also: " :") }
    return name
  }

  static func cannotBeChecked(_ name: UpstreamName) -> ValueError { bad(name.text, "upstream", also: " :") }

  private static func bad(_ text: String, _ key: String, also: String) -> ValueError {
    ValueError(
      what: "\(key) \"\(Quoting.short(text))\" cannot be a name",
      remedy: "use 1 to \(NameRule.longest) of the characters A-Z a-z 0-9 _ . -\(also)")
  }
}

/// Characters that nobody sees are refused by their names.
enum HiddenCharacters {
  /// - Parameter what: what has them: `peer`.
  static func refuse(in text: String, _ what: String) throws(ValueError) {
    guard let scalar = HiddenCharacter.first(in: text) else { return }
    throw ValueError(
      what: "\(what) \"\(Quoting.short(text))\" has \(HiddenCharacter.name(of: scalar)) in it",
      remedy: "remove that character: nobody sees it")
  }
}
