import Health

/// What an evaluation is asked to run, and what it may know.
struct LuaRequest {
  enum Phase: String {
    case start = "init"
    case worker = "init_worker"
  }

  var prefix: String
  /// `lua_package_path`, and where modules are looked for besides.
  var path: String
  var dictionaries: [String]
  var upstreams: [NginxUpstream]
  /// Every upstream of the configuration is among them.
  var knowsAllUpstreams: Bool
  /// What holds for a checker that says nothing itself.
  var defaults: Options
  /// In the order in which they are run; their numbers are their places among the chunks, from 1.
  var chunks: [(phase: Phase, fragment: Fragment)]

  var frame: [UInt8] {
    var frame = LuaFrame()
    frame.field(prefix)
    frame.field(path)
    frame.list(OptionName.allCases.map(\.rawValue) + ["upstream"])
    frame.list(Options.Kind.allCases.map(\.rawValue))
    frame.field(defaults.kind?.rawValue ?? "")
    frame.field(defaults.locations[.request] == nil ? 0 : 1)
    frame.field(knowsAllUpstreams ? 1 : 0)
    frame.list(dictionaries)
    frame.field(upstreams.count)
    for upstream in upstreams {
      frame.field(upstream.name.text)
      frame.field(upstream.peers.count)
      for (index, peer) in upstream.peers.enumerated() {
        let limits = index < upstream.limits.count ? upstream.limits[index] : ServerLimits()
        frame.field("\(peer.address)")
        frame.field(limits.weight)
        frame.field(limits.maxFails)
        frame.field(limits.failTimeout)
        frame.field(peer.role == .backup ? 1 : 0)
        frame.field(peer.startsDown ? 1 : 0)
      }
    }
    frame.field(chunks.count)
    for (index, chunk) in chunks.enumerated() {
      frame.field(chunk.phase.rawValue)
      frame.field(index + 1)
      frame.field(LuaPlaces.text(chunk.fragment))
    }
    return frame.bytes
  }
}

/// What nginx's own balancing goes by, for Lua that asks.
struct ServerLimits {
  var weight = 1
  var maxFails = 1
  /// Seconds.
  var failTimeout = 10

  init() {}

  /// Of the parameters of a `server`: `weight=5`, `max_fails=3`, `fail_timeout=30s`; others say nothing of it.
  init(_ parameters: [String]) {
    for parameter in parameters { read(parameter) }
  }

  private mutating func read(_ parameter: String) {
    let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return }
    switch parts[0] {
    case "weight": weight = Number.whole(parts[1]) ?? weight
    case "max_fails": maxFails = Number.whole(parts[1]) ?? maxFails
    case "fail_timeout": failTimeout = Number.whole(parts[1].prefix { $0.isNumber }) ?? failTimeout
    default: break
    }
  }
}
