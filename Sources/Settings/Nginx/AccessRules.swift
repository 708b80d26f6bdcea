import Addresses
import Health

/// The `allow` and `deny` of one level of an nginx configuration, in order; the first that fits decides.
struct AccessRules: Hashable {
  struct Rule: Hashable {
    var allows: Bool
    var network: Network
  }

  private(set) var rules: [Rule] = []

  init() {}

  init(_ directives: [NginxDirective], _ diagnostics: Diagnostics) {
    for directive in directives where ["allow", "deny"].contains(directive.name.text) {
      guard case .none = directive.body, directive.arguments.count == 1, let word = directive.arguments.first
      else {
        diagnostics.problem(
          directive.location, "invalid number of arguments in \"\(directive.name.text)\" directive",
          remedy: "write \(directive.name.text) ADDRESS;")
        continue
      }
      if word.text == "unix:" { continue }  // nobody comes here through a socket
      guard let network = NetworkRule(diagnostics: diagnostics).read(word.text, directive.location(word))
      else {
        continue
      }
      rules.append(Rule(allows: directive.name.text == "allow", network: network))
    }
  }

  var isEmpty: Bool { rules.isEmpty }
}

/// Who may read one location with a status page.
struct StatusAccess {
  /// Of the location.
  var location: SourceLocation
  var rules: AccessRules

  /// Whether a location's Lua shows a status page of lua-resty.
  static func isStatus(_ lua: Fragment) -> Bool {
    LuaScan.mentions(["status_page", "prometheus_status_page"], in: lua.bytes)
  }
}

/// Makes our list of readers from nginx's rules. Where the two differ, the list is the narrower, and a notice says so.
struct AllowList {
  let diagnostics: Diagnostics

  /// The readers of all status locations together; nil when none of them says who may read.
  func networks(_ locations: [StatusAccess]) -> [Network]? {
    let ruled = locations.filter { !$0.rules.isEmpty }
    if let open = locations.first(where: \.rules.isEmpty), ruled.isEmpty {
      diagnostics.notice(
        open.location,
        "nginx lets everybody read this status page; here only this machine may, unless \"allow\" says more")
    }
    guard let first = ruled.first else { return nil }
    var all = networks(of: first)
    for location in ruled.dropFirst() where location.rules != first.rules {
      let added = networks(of: location).filter { !all.contains($0) }
      if added.isEmpty { continue }
      diagnostics.notice(
        location.location,
        "status locations have different readers; all of them may read here: "
          + (all + added).map(\.description).joined(separator: ", "))
      all += added
    }
    return all
  }

  private func networks(of location: StatusAccess) -> [Network] {
    var allowed: [Network] = []
    var denied: [Network] = []
    for rule in location.rules.rules {
      if rule.network == .all {
        return rule.allows ? everybody(allowed, denied, location) : allowed
      }
      if !rule.allows {
        denied.append(rule.network)
      } else if let clash = denied.first(where: rule.network.overlaps) {
        // A part of it may be allowed still, but a list of networks cannot say "but for".
        diagnostics.notice(
          location.location, "allow \(rule.network) after deny \(clash) cannot be expressed: it is left out")
      } else if !allowed.contains(rule.network) {
        allowed.append(rule.network)
      }
    }
    diagnostics.notice(
      location.location,
      "nginx lets everybody else read this status page, for there is no \"deny all\"; here only these may: "
        + (allowed.isEmpty ? "nobody" : allowed.map(\.description).joined(separator: ", ")))
    return allowed
  }

  private func everybody(_ allowed: [Network], _ denied: [Network], _ location: StatusAccess) -> [Network] {
    if denied.isEmpty { return [.all] }
    diagnostics.notice(
      location.location, "allow all after deny \(denied[0]) cannot be expressed: it is left out")
    return allowed
  }
}
