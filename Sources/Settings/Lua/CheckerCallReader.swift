import Health

/// Reads the options of a `spawn_checker` call.
struct CheckerCallReader {
  let findings: Findings

  /// Nil where nothing is known of them.
  func read(_ call: CheckerCall) -> (name: DraftName, options: Options)? {
    if call.refusal == .initPhase {
      findings.problem(
        call.place, "spawn_checker is called in init_by_lua, where nginx starts no timers",
        remedy: "call it in init_worker_by_lua_block")
      return nil
    }
    for entry in call.entries where entry.key.isEmpty {
      findings.problem(
        entry.place, "an option of spawn_checker has no name", remedy: "write NAME = VALUE")
    }
    let known = OptionName.allCases.map(\.rawValue) + ["upstream"]
    let entries = MapReader(findings: findings, what: "spawn_checker", known: known)
      .read(call.entries.filter { !$0.key.isEmpty }).filter { !$0.value.isNone }
    let options = OptionReader(findings: findings, dialect: .lua).read(entries)
    tellUnknown(call, options)
    if call.refusal == .unknown { return nil }
    return (DraftName(entries.first { $0.key == "upstream" }?.value, findings), options)
  }

  /// The values that are not known here, where they matter.
  private func tellUnknown(_ call: CheckerCall, _ options: Options) {
    for (name, place, why) in call.unknown {
      guard OptionName(rawValue: name)?.hasEffect(with: options.kind) ?? true else { continue }
      findings.problem(
        place, "the value of \"\(Quoting.short(name))\" cannot be read: \(why)",
        remedy: "write the value itself; or in YAML: \(YamlInstead.option(name))")
    }
  }
}

extension CheckerCall {
  /// What lua-resty would refuse keeps one checker from running; what it would stumble over, all.
  var weight: Findings.Weight {
    switch refusal {
    case .type, .kind, .request, .upstream, .notFound: .refusal
    case .initPhase, .unknown, nil: .problem
    }
  }
}
