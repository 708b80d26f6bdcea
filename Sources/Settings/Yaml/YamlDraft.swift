import Addresses
import Health

/// What a YAML file says, each part read and in its range, before it is put together with nginx's and the flags'.
struct YamlDraft {
  var namespace: String?
  var node: String?
  var redis: RedisURL?
  var listen: ListenAddress?
  var allow: [Network]?
  var allowLocation: SourceLocation?
  var resolver: [HostPort]?
  var web = WebDraft()
  var heartbeatMs: Int?
  var leaseMs: Int?
  var memberExpiryMs: Int?
  /// Where `member_expiry` or else `heartbeat` stands.
  var expiryLocation: SourceLocation?
  /// A path as it is written, and where.
  var nginx: (path: String, location: SourceLocation)?
  var defaults = Options()
  var upstreams: [UpstreamDraft] = []
  /// `upstreams: []` is written out.
  var saysNone = false
}

/// One entry of `upstreams:`.
struct UpstreamDraft {
  var name: DraftName
  var location: SourceLocation
  var options: Options
  /// Nil: the options are those of the only check.
  var checks: [CheckDraft]?
  /// Nil: none of `peers`, `backup`, `srv` and `peers_file` is given, so that the entry is a checker for an upstream of nginx.
  var peers: [PeerSettings]?
  var file: PeersFile?

  /// The upstream of nginx whose checker this is; nil where it is an upstream of its own.
  var outranking: UpstreamName? {
    guard peers == nil, case .good(let name) = name else { return nil }
    return name
  }
}

/// One entry of an upstream's `checks:`.
struct CheckDraft {
  /// Nil: it is called as its type.
  var name: (text: String, location: SourceLocation)?
  var location: SourceLocation
  var options: Options
}

/// The name that an entry or a call gives.
enum DraftName {
  /// Its problem is told with those of the check, in lua-resty's order.
  case missing
  /// Its problem was told.
  case bad
  case good(UpstreamName)
  /// It does for an upstream that nobody checks, and stands there.
  case shown(UpstreamName, SourceLocation)

  /// The name in `value`, if it is one.
  init(_ value: Value?, _ diagnostics: Diagnostics) {
    self = .bad
    guard let value else {
      self = .missing
      return
    }
    switch value.content {
    case .scalar(let scalar):
      let name = diagnostics.value(value.location) { () throws(ValueError) in try Names.upstream(scalar.text)
      }
      if let name { self = name.mayBeChecked ? .good(name) : .shown(name, value.location) }
    case .list, .map:
      diagnostics.problem(value.location, "\"upstream\" is \(value.kind)", remedy: "write its name")
    case .none: self = .missing
    case .unreadable: break
    }
  }
}
