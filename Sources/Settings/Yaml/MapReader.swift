/// Reads the keys of one mapping: those that are known, each once.
struct MapReader {
  let findings: Findings
  /// What the mapping is, for messages: `an upstream`.
  let what: String
  let known: [String]

  /// Known keys with their values, in the order of the file; problems for the others, each with a suggestion.
  func read(_ entries: [Entry]) -> [Entry] {
    var first: [String: Place] = [:]
    var kept: [Entry] = []
    for entry in entries where !findings.isFull {
      if let place = first[entry.key] {
        findings.problem(
          entry.place, "the key \"\(Quoting.short(entry.key))\" is given already (\(place))",
          remedy: "keep one")
        continue
      }
      first[entry.key] = entry.place
      if known.contains(entry.key) {
        kept.append(entry)
      } else {
        findings.problem(
          entry.place, "\"\(Quoting.short(entry.key))\" is no option of \(what)",
          remedy: Suggestion.remedy(for: entry.key, among: known))
      }
    }
    return kept
  }
}
