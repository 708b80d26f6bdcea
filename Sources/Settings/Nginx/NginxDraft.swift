import Addresses
import Health

/// What an nginx configuration says of upstreams, checkers and readers.
struct NginxDraft {
  /// The main file.
  var path = ""
  /// In the order that nginx keeps them in.
  var upstreams: [NginxUpstream] = []
  var calls: [CheckerCall] = []
  /// Why it is not known which other checkers the Lua would have started.
  var luaFaults: [Problem] = []
  /// Nil: no location with a status page says who may read.
  var allow: [Network]?
  /// Files or upstreams could not be read, so that an upstream which is missing here may be there.
  var hasProblems = false
}

/// One `upstream NAME { … }`, or an address that is passed to without one.
struct NginxUpstream {
  var name: UpstreamName
  var location: SourceLocation
  var peers: [PeerSettings]
  /// Of each peer.
  var limits: [ServerLimits] = []
  /// Made by `proxy_pass` or the like; a file of ours may have an upstream of that name.
  var isImplicit = false
  var oddities: [UnusualSetting] = []
}

/// Something that keeps an upstream from being checked as it is written: a problem where a checker names the upstream,
/// and a notice where nobody does.
struct UnusualSetting {
  var location: SourceLocation
  var valueError: ValueError
  /// What is done where nobody checks it: `the server is left out`.
  var otherwise: String

  init(_ location: SourceLocation, _ valueError: ValueError, otherwise: String) {
    self.location = location
    self.valueError = valueError
    self.otherwise = otherwise
  }

  var notice: String { "\(valueError.what); nobody checks it: \(otherwise)" }
}

/// One `spawn_checker` call.
struct CheckerCall {
  var location: SourceLocation
  /// Nil: it answered true.
  var refusal: LuaRefusal?
  var entries: [Entry]
  /// Options whose values are not known here, and why; among `entries` they are unreadable.
  var unknown: [(name: String, location: SourceLocation, why: String)]

  func entry(_ key: String) -> Entry? { entries.first { $0.key == key && !$0.value.isNone } }

  /// The upstream's name, where it can be one.
  var upstream: UpstreamName? {
    guard case .scalar(let scalar) = entry("upstream")?.value.content else { return nil }
    return UpstreamName(scalar.text)
  }
}
