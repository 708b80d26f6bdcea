import Health

/// How many upstreams and peers one node takes. Those that are checked must fit; of those that are only shown, what does not
/// fit is left out.
struct UpstreamLimits {
  let diagnostics: Diagnostics

  func fitting(_ upstreams: [UpstreamSettings]) -> [UpstreamSettings] {
    withFewEnoughPeers(fewEnough(upstreams))
  }

  private func fewEnough(_ upstreams: [UpstreamSettings]) -> [UpstreamSettings] {
    guard upstreams.count > Limits.upstreams else { return upstreams }
    let checked = upstreams.filter { $0.check != .none }
    if checked.count > Limits.upstreams {
      diagnostics.problem(
        checked[Limits.upstreams].origin.location, "there are \(checked.count) upstreams with a checker",
        remedy: "one node checks at most \(Limits.upstreams)")
      return upstreams
    }
    var room = Limits.upstreams - checked.count
    var first: SourceLocation?
    let kept = upstreams.filter { upstream in
      if upstream.check != .none { return true }
      room -= 1
      if room < 0 { first = first ?? upstream.origin.location }
      return room >= 0
    }
    if let first {
      diagnostics.notice(
        first,
        "there are \(upstreams.count) upstreams, and one node shows \(Limits.upstreams): from here on those that nobody "
          + "checks are left out")
    }
    return kept
  }

  private func withFewEnoughPeers(_ upstreams: [UpstreamSettings]) -> [UpstreamSettings] {
    let all = upstreams.reduce(0) { $0 + $1.allPeers.count }
    guard all > Limits.peers else { return upstreams }
    let checked = upstreams.reduce(0) { $0 + ($1.check == .none ? 0 : $1.allPeers.count) }
    if checked > Limits.peers, let last = upstreams.last(where: { $0.check != .none }) {
      diagnostics.problem(
        last.origin.location, "the upstreams with a checker have \(checked) peers",
        remedy: "one node checks at most \(Limits.peers)")
      return upstreams
    }
    var room = Limits.peers - checked
    return upstreams.map { upstream in
      if upstream.check != .none || upstream.allPeers.isEmpty { return upstream }
      var upstream = upstream
      if room < upstream.allPeers.count {
        diagnostics.notice(
          upstream.origin.location,
          "the upstreams have \(all) peers, and one node shows \(Limits.peers): those of \"\(upstream.name)\", which "
            + "nobody checks, are left out")
        upstream.peers = []
        upstream.file?.peers = []
      }
      room -= upstream.allPeers.count
      return upstream
    }
  }
}
