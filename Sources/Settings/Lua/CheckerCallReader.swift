import Health

/// Reads the options of a `spawn_checker` call.
struct CheckerCallReader {
  let diagnostics: Diagnostics

  /// Nil where nothing is known of them.
  func read(_ call: CheckerCall) -> (name: DraftName, options: Options)? {
    if call.refusal == .initPhase {
      diagnostics.problem(
        call.location, "spawn_checker is called in init_by_lua, where nginx starts no timers",
        remedy: "call it in init_worker_by_lua_block")
      return nil
    }
    for entry in call.entries where entry.key.isEmpty {
      diagnostics.problem(
        entry.location, "an option of spawn_checker has no name", remedy: "write NAME = VALUE")
    }
    let known = OptionName.allCases.map(\.rawValue) + ["upstream"]
    let entries = MapReader(diagnostics: diagnostics, what: "spawn_checker", known: known)
      .read(call.entries.filter { !$0.key.isEmpty }).filter { !$0.value.isNone }
    let options = OptionReader(diagnostics: diagnostics, dialect: .lua).read(entries)
    tellUnknown(call, options)
    if call.refusal == .unknown { return nil }
    return (DraftName(entries.first { $0.key == "upstream" }?.value, diagnostics), options)
  }

  /// The values that are not known here, where they matter.
  private func tellUnknown(_ call: CheckerCall, _ options: Options) {
    for (name, location, why) in call.unknown {
      guard OptionName(rawValue: name)?.hasEffect(with: options.kind) ?? true else { continue }
      diagnostics.problem(
        location, "the value of \"\(Quoting.short(name))\" cannot be read: \(why)",
        remedy: "write the value itself; or in YAML: \(YamlInstead.option(name))")
    }
  }
}

extension CheckerCall {
  /// What lua-resty would refuse keeps one checker from running; what it would stumble over, all.
  var weight: Diagnostics.Weight {
    switch refusal {
    case .type, .kind, .request, .upstream, .notFound: .refusal
    case .initPhase, .unknown, nil: .problem
    }
  }
}
