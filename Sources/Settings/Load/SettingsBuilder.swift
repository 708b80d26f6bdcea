import Addresses
import Health

/// Puts what was read together: nginx's upstreams, then the YAML file's, then that of `--peer`; flags go before files.
struct SettingsBuilder {
  let diagnostics: Diagnostics
  let hostName: String

  /// - Parameter isEmpty: no file and no peer was given at all.
  func put(yaml: YamlDraft, nginx: NginxDraft, flags: Overrides, isEmpty: Bool) -> NodeSettings {
    var settings = NodeSettings(node: hostName)
    apply(yaml, nginx, to: &settings)
    apply(flags, to: &settings)
    var upstreams = UpstreamList(
      diagnostics: diagnostics, defaults: yaml.defaults,
      outranked: Set(yaml.upstreams.compactMap(\.outranking)))
    upstreams.add(nginx)
    for draft in yaml.upstreams { upstreams.add(draft, nginxIsWhole: !nginx.hasProblems) }
    upstreams.judge(nginx)
    upstreams.add(peers: flags.peers)
    settings.upstreams = upstreams.finished()
    if isEmpty {
      diagnostics.problem(
        SourceLocation(flag: "--config"), "there is nothing to check",
        remedy: "give --config FILE, --nginx FILE or --peer HOST:PORT")
    }
    return settings
  }

  private func apply(_ yaml: YamlDraft, _ nginx: NginxDraft, to settings: inout NodeSettings) {
    settings.namespace = yaml.namespace ?? settings.namespace
    settings.node = yaml.node ?? settings.node
    settings.redis = yaml.redis
    settings.listen = yaml.listen ?? settings.listen
    settings.allow = yaml.allow ?? nginx.allow ?? settings.allow
    if settings.allow.count > Limits.networks {
      diagnostics.problem(
        yaml.allowLocation ?? SourceLocation(file: nginx.path), "allow has \(settings.allow.count) networks",
        remedy: "give at most \(Limits.networks)")
    }
    settings.resolver = yaml.resolver ?? settings.resolver
    settings.web = yaml.web.settings(diagnostics)
    settings.heartbeatMs = yaml.heartbeatMs ?? settings.heartbeatMs
    settings.leaseMs = yaml.leaseMs ?? settings.leaseMs
    settings.memberExpiryMs = yaml.memberExpiryMs ?? settings.memberExpiryMs
    if let location = yaml.expiryLocation, settings.memberExpiryMs < 2 * settings.heartbeatMs {
      diagnostics.problem(
        location,
        "member_expiry \(Number.duration(settings.memberExpiryMs)) is shorter than two heartbeats of "
          + Number.duration(settings.heartbeatMs),
        remedy: "give member_expiry at least \(Number.duration(2 * settings.heartbeatMs))")
    }
  }

  private func apply(_ flags: Overrides, to settings: inout NodeSettings) {
    if let text = flags.namespace {
      settings.namespace =
        diagnostics.value(SourceLocation(flag: "--namespace")) { () throws(ValueError) in
          try Names.plain(text, "namespace")
        }
        ?? settings.namespace
    }
    if let text = flags.node {
      settings.node =
        diagnostics.value(SourceLocation(flag: "--node")) { () throws(ValueError) in
          try Names.plain(text, "node")
        }
        ?? settings.node
    }
    if let text = flags.listen {
      settings.listen =
        diagnostics.value(SourceLocation(flag: "--listen")) { () throws(ValueError) in
          try ListenAddress.parse(text)
        }
        ?? settings.listen
    }
    if let text = flags.redis {
      settings.redis = diagnostics.value(SourceLocation(flag: "--redis")) { () throws(ValueError) in
        try RedisURL(reading: text)
      }
    }
  }
}
