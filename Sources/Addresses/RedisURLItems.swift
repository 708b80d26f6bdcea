/// What stands behind the `?` of a Redis URL, decoded: each item once, none empty.
struct RedisURLItems {
  enum Name: String, CaseIterable {
    case passwordFile = "password-file"
    case passwordEnv = "password-env"
    case name
    case database
    case ca
    case cert
    case key
    case serverName = "server_name"
    case tlsMin = "tls_min"
    case sentinelUser = "sentinel-user"
    case sentinelPasswordFile = "sentinel-password-file"
    case sentinelPasswordEnv = "sentinel-password-env"

    fileprivate var isOfTLS: Bool {
      switch self {
      case .ca, .cert, .key, .serverName, .tlsMin: true
      default: false
      }
    }

    fileprivate var isOfSentinel: Bool { rawValue.hasPrefix("sentinel-") }
  }

  private var values: [Name: String] = [:]

  subscript(name: Name) -> String? { values[name] }

  /// - Throws: also for an item that another kind of URL has. Only known names are quoted.
  init(_ query: Substring, of scheme: RedisURLScheme) throws(RedisURLError) {
    for item in query.split(separator: "&") {
      let text = item.prefix { $0 != "=" }
      guard let name = Name(rawValue: String(text)) else {
        throw RedisURLError(
          "the Redis URL has something unknown after its ?",
          remedy: "write only \(Self.list(Self.names(of: scheme)))")
      }
      try Self.check(name, scheme)
      guard values[name] == nil else {
        throw RedisURLError("the Redis URL has \(name.rawValue)= twice", remedy: "leave one away")
      }
      let value = try RedisURLParts.decoded(item.dropFirst(text.count + 1))
      guard !value.isEmpty, !value.utf8.contains(0) else {
        throw RedisURLError(
          "the Redis URL has nothing of use after \(name.rawValue)=",
          remedy: "write a value, or leave it away")
      }
      values[name] = value
    }
  }

  private static func check(_ name: Name, _ scheme: RedisURLScheme) throws(RedisURLError) {
    if name.isOfTLS, !scheme.isSecure {
      let remedy =
        scheme.kind == .socket
        ? "leave it away: a unix socket has no TLS" : "begin the URL with rediss, or leave it away"
      throw RedisURLError("the Redis URL has \(name.rawValue)= without TLS", remedy: remedy)
    }
    if name.isOfSentinel, scheme.kind != .sentinel {
      throw RedisURLError(
        "the Redis URL has \(name.rawValue)= and names no Sentinel",
        remedy: "begin the URL with redis+sentinel:// or rediss+sentinel://, or leave it away")
    }
  }

  private static func names(of scheme: RedisURLScheme) -> [Name] {
    Name.allCases.filter { name in
      (!name.isOfTLS || scheme.isSecure) && (!name.isOfSentinel || scheme.kind == .sentinel)
    }
  }

  private static func list(_ names: [Name]) -> String {
    let all = names.map { "\($0.rawValue)=" }
    return all.dropLast().joined(separator: ", ") + " or " + (all.last ?? "")
  }
}

extension RedisURLItems {
  /// What the items tell of TLS, for a URL that wants it.
  var tls: RedisTLSOptions {
    get throws(RedisURLError) {
      var options = RedisTLSOptions()
      options.ca = self[.ca]
      options.certificate = self[.cert]
      options.key = self[.key]
      if (options.certificate == nil) != (options.key == nil) {
        let (has, lacks) = options.key == nil ? ("cert", "key") : ("key", "cert")
        throw RedisURLError("the Redis URL has \(has)= without \(lacks)=", remedy: "give both, or neither")
      }
      if let name = self[.serverName] {
        guard IPAddress(name) != nil || HostPort.isName(name) else {
          throw RedisURLError(
            "server_name= of the Redis URL is neither a host's name nor an IP address",
            remedy: "write a name that the server's certificate is for")
        }
        options.serverName = name
      }
      if let text = self[.tlsMin] {
        guard let version = RedisTLSOptions.Version(rawValue: text) else {
          throw RedisURLError("tls_min= of the Redis URL is no version of TLS", remedy: "write 1.2 or 1.3")
        }
        options.minimum = version
      }
      return options
    }
  }

  /// The password from one of two places.
  func password(file: Name, environment: Name) throws(RedisURLError) -> RedisPassword {
    switch (self[file], self[environment]) {
    case (nil, nil): .none
    case (let path?, nil): .file(path: path)
    case (nil, let name?): .environment(name: name)
    case (.some, .some):
      throw RedisURLError(
        "the Redis URL has both \(file.rawValue)= and \(environment.rawValue)=", remedy: "leave one away")
    }
  }
}
