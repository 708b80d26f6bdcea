import Health

/// Makes one checker of the checks of an upstream: each has the upstream's options where it says nothing itself.
struct CheckListBuilder {
  let diagnostics: Diagnostics
  let defaults: Options

  /// - Returns: nil when there was a problem.
  func check(_ drafts: [CheckDraft], of upstream: UpstreamDraft) -> Check? {
    let common = upstream.options.over(defaults)
    tellUnused(common, upstream.options, drafts)
    let builder = CheckBuilder(diagnostics: diagnostics, dialect: .yaml)
    var checkers: [Checker] = []
    var isWhole = !drafts.isEmpty
    for draft in drafts {
      switch builder.check(draft.options, defaults: common, at: draft.location) {
      case .probed(let checker)?: checkers.append(checker)
      case Check.none?:
        diagnostics.problem(
          draft.options.locations[.type] ?? draft.location, "type none is no check",
          remedy: "leave it out, or write type: none beside checks instead of them")
        isWhole = false
      case nil: isWhole = false
      }
    }
    guard isWhole, name(&checkers, drafts) else { return nil }
    return .probed(Self.joined(checkers))
  }

  /// What is said for all checks, and matters to none of them.
  private func tellUnused(_ common: Options, _ own: Options, _ drafts: [CheckDraft]) {
    let kinds = Set(drafts.map { $0.options.kind ?? common.kind })
    for name in OptionName.allCases where !kinds.contains(where: { name.hasEffect(with: $0) }) {
      guard let location = own.locations[name] else { continue }
      diagnostics.notice(location, "\"\(name.rawValue)\" has no effect with any of the checks")
    }
  }

  /// A check that is given no name is called as its type. False: two have one name.
  private func name(_ checkers: inout [Checker], _ drafts: [CheckDraft]) -> Bool {
    guard checkers.count > 1 else { return true }
    var known: Set<String> = []
    for (place, draft) in drafts.enumerated() {
      checkers[place].name = draft.name?.text ?? checkers[place].kind.rawValue
      guard known.insert(checkers[place].name).inserted else {
        diagnostics.problem(
          draft.name?.location ?? draft.location, "two checks are called \"\(checkers[place].name)\"",
          remedy: "give each a name of its own: {name: admin, type: …}")
        return false
      }
    }
    return true
  }

  private static func joined(_ checkers: [Checker]) -> Checker {
    var first = checkers[0]
    first.others = checkers.dropFirst().map { checker in
      var other = checker
      // What concerns the whole upstream stands at the first.
      other.respectDown = false
      other.degradedAboveMs = nil
      other.panicBelow = nil
      return other
    }
    return first
  }
}
