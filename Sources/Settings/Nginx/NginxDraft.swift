import Health

/// What an nginx configuration says of upstreams, checkers and readers.
struct NginxDraft {
  /// The main file.
  var path = ""
  var upstreams: [NginxUpstream] = []
  var calls: [CheckerCall] = []
  /// Nil: no location with a status page says who may read.
  var allow: [Network]?
  /// Files or upstreams could not be read, so that an upstream which is missing here may be there.
  var hasProblems = false
}

/// One `upstream NAME { … }`.
struct NginxUpstream {
  var name: UpstreamName
  var place: Place
  var peers: [PeerSettings]
}

/// One `spawn_checker` call.
struct CheckerCall {
  var place: Place
  var upstream: DraftName
  var options: Options
}
