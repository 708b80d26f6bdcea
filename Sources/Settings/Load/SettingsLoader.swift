/// Reads settings from a YAML file, an nginx configuration and flags, and validates them as one.
///
/// Nothing is looked up in the network, and no file is read but those that are named there.
package struct SettingsLoader: Sendable {
  /// The variables that `${NAME}` in a YAML file may name.
  let environment: [String: String]
  /// The name of the node where nothing sets one.
  let hostName: String
  let lua: LuaProgram

  /// - Parameters:
  ///   - hostName: nil: this machine's.
  ///   - lua: evaluates the Lua of an nginx configuration.
  package init(environment: [String: String], hostName: String? = nil, lua: LuaProgram) {
    self.environment = environment
    self.lua = lua
    self.hostName = HostName.asNode(hostName ?? HostName.current())
  }

  /// Reads and validates everything.
  ///
  /// - Parameters:
  ///   - config: the path of a YAML file.
  ///   - nginx: the path of an nginx.conf; it goes before the YAML file's own `nginx:`.
  /// - Returns: settings that can be used as they are, or every problem at once.
  package func load(
    config: String? = nil, nginx: String? = nil, flags: Overrides = Overrides()
  ) -> Result<LoadedSettings, Problems> {
    let diagnostics = Diagnostics()
    let read = read(config: config, nginx: nginx, flags: flags, diagnostics)
    return diagnostics.problems.isEmpty ? .success(read.loaded) : .failure(read.problems)
  }

  /// Reads everything and keeps what can be used, for those who can do with a part.
  package func read(nginx: String) -> ReadSettings {
    read(config: nil, nginx: nginx, flags: Overrides(), Diagnostics())
  }

  private func read(config: String?, nginx: String?, flags: Overrides, _ diagnostics: Diagnostics)
    -> ReadSettings
  {
    let yaml = config.flatMap { self.yaml($0, diagnostics) } ?? YamlDraft()
    let nginxDraft = self.nginx(flag: nginx, yaml, config, diagnostics)
    let settings = SettingsBuilder(diagnostics: diagnostics, hostName: hostName).put(
      yaml: yaml, nginx: nginxDraft, flags: flags,
      isEmpty: config == nil && nginx == nil && flags.peers.isEmpty)
    let file = nginxDraft.path.isEmpty ? config : nginxDraft.path
    let loaded = LoadedSettings(
      settings: settings, refusals: Problems(diagnostics.refusals).list,
      notices: diagnostics.notices.sorted { $0.location < $1.location }, sources: diagnostics.sources,
      emptiness: settings.upstreams.isEmpty
        ? Emptiness(file: file ?? "", isMeant: yaml.saysNone && nginxDraft.path.isEmpty) : nil)
    return ReadSettings(loaded: loaded, problems: Problems(diagnostics.problems + diagnostics.refusals))
  }

  /// Whether a file is an nginx configuration and no YAML: by what is in it, and where that does not tell, by the ending
  /// `.conf` of its name.
  package static func isNginx(path: String) -> Bool {
    let guess = (try? FileReader.read(path)).flatMap { FileGuess.of($0.bytes) }
    return guess.map { $0 == .nginx } ?? path.hasSuffix(".conf")
  }

  private func yaml(_ path: String, _ diagnostics: Diagnostics) -> YamlDraft? {
    diagnostics.source(path)
    let source = diagnostics.value(SourceLocation(file: path)) { () throws(ValueError) in
      try FileReader.read(path)
    }
    guard let source else { return nil }
    if FileGuess.of(source.bytes) == .nginx {
      diagnostics.problem(
        SourceLocation(file: path), "this is an nginx configuration and no YAML",
        remedy: "give it with --nginx, or name it in YAML: nginx: FILE")
      return nil
    }
    guard
      diagnostics.value(
        SourceLocation(file: path), { () throws(ValueError) in try FileReader.requireText(source) }) != nil
    else { return nil }
    let document = YamlParser(source: source, diagnostics: diagnostics, environment: environment).parse()
    return document.map { YamlReader(diagnostics: diagnostics).read($0) }
  }

  private func nginx(flag: String?, _ yaml: YamlDraft, _ config: String?, _ diagnostics: Diagnostics)
    -> NginxDraft
  {
    let path: String
    var location: SourceLocation?
    if let flag {
      path = flag
    } else if let named = yaml.nginx, let config {
      path = Paths.resolve(named.path, from: Paths.folder(of: config))
      location = named.location
    } else {
      return NginxDraft()
    }
    return NginxReader.read(
      path, namedAt: location ?? SourceLocation(file: path), lua: lua, defaults: yaml.defaults, diagnostics)
  }
}
