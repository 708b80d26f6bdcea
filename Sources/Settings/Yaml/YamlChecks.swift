import Health

/// Reads the list under `checks:` of an upstream.
struct YamlChecks {
  let diagnostics: Diagnostics

  /// What a check has of its own. The rest is the upstream's.
  static let options: [OptionName] = OptionName.allCases.filter { name in
    switch name {
    case .shm, .panic, .fall, .rise, .probers, .quorum, .respectDown, .degradedAbove, .resolve,
      .resolveInterval,
      .resolveKeep:
      false
    default: true
    }
  }

  static let example = "checks: [{type: tcp}, {type: http, port: 8080, path: /}]"

  /// Empty where it is no list of checks, which is told; nil where nothing stands there.
  func read(_ entry: Entry) -> [CheckDraft]? {
    switch entry.value.content {
    case .list(let values):
      if values.isEmpty {
        diagnostics.problem(
          entry.value.location, "\"checks\" is empty", remedy: "write \(Self.example), or type: none")
        return []
      }
      if values.count > Checker.mostChecks {
        diagnostics.problem(
          entry.value.location, "\"checks\" has \(values.count) entries",
          remedy: "a peer has at most \(Checker.mostChecks) checks")
        return []
      }
      return values.compactMap(check)
    case .none: return nil
    case .unreadable: return []
    case .scalar, .map:
      diagnostics.problem(
        entry.value.location, "\"checks\" is \(entry.value.kind)", remedy: "write a list: \(Self.example)")
      return []
    }
  }

  private func check(_ value: Value) -> CheckDraft? {
    guard case .map(let all) = value.content else {
      if case .unreadable = value.content { return nil }
      diagnostics.problem(value.location, "a check is \(value.kind)", remedy: "write options: {type: tcp}")
      return nil
    }
    let entries = ofUpstream(all)
    let known = ["name"] + Self.options.map(\.rawValue)
    let kept = MapReader(diagnostics: diagnostics, what: "a check", known: known).read(entries)
    return CheckDraft(
      name: kept.first { $0.key == "name" && !$0.value.isNone }.flatMap(name), location: value.location,
      options: OptionReader(diagnostics: diagnostics, dialect: .yaml).read(kept))
  }

  /// Leaves out, and tells, what is said of all checks together.
  private func ofUpstream(_ entries: [Entry]) -> [Entry] {
    entries.filter { entry in
      guard let name = OptionName(rawValue: entry.key), !Self.options.contains(name) else { return true }
      diagnostics.problem(
        entry.value.location,
        "\"\(entry.key)\" stands in a check, and is the same for all checks of an upstream",
        remedy: "write it beside checks")
      return false
    }
  }

  private func name(_ entry: Entry) -> (text: String, location: SourceLocation)? {
    guard case .scalar(let scalar) = entry.value.content else {
      if case .unreadable = entry.value.content { return nil }
      diagnostics.problem(entry.value.location, "\"name\" is \(entry.value.kind)", remedy: "write one word")
      return nil
    }
    return diagnostics.value(entry.value.location) { () throws(ValueError) in
      (try Names.plain(scalar.text, "name"), entry.value.location)
    }
  }
}
