/// Reads the keys of one mapping: those that are known, each once.
struct MapReader {
  let diagnostics: Diagnostics
  /// What the mapping is, for messages: `an upstream`.
  let what: String
  let known: [String]

  /// Known keys with their values, in the order of the file; problems for the others, each with a suggestion.
  func read(_ entries: [Entry]) -> [Entry] {
    var first: [String: SourceLocation] = [:]
    var kept: [Entry] = []
    for entry in entries where !diagnostics.isFull {
      if let location = first[entry.key] {
        diagnostics.problem(
          entry.location, "the key \"\(Quoting.short(entry.key))\" is given already (\(location))",
          remedy: "keep one")
        continue
      }
      first[entry.key] = entry.location
      if known.contains(entry.key) {
        kept.append(entry)
      } else {
        diagnostics.problem(
          entry.location, "\"\(Quoting.short(entry.key))\" is no option of \(what)",
          remedy: Suggestion.remedy(for: entry.key, among: known))
      }
    }
    return kept
  }
}
