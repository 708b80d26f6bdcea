import Addresses
import ArgumentParser
import FoundationEssentials
import Health
import Redis
import Settings

/// The flags that say which Redis server and which namespace: the same for every command that reads the ledger.
struct RedisOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The Redis server: redis://HOST:6379/0, rediss://HOST:6379/0 (TLS) or unix:///PATH (default: $QUORATE_REDIS). A \
      password is best kept out of it: ?password-file=PATH or ?password-env=NAME.
      """, valueName: "url"))
  var redis: String?

  @Option(
    help: ArgumentHelp(
      "The cluster's namespace (default: $QUORATE_NAMESPACE, or default).", valueName: "name"))
  var namespace: String?

  @Option(
    help: ArgumentHelp("A settings file, for its redis:, namespace: and member_expiry:.", valueName: "file"))
  var config: String?

  /// Where the ledger is.
  struct Target: Sendable {
    var settings: RedisSettings
    var namespace: String
    /// Milliseconds that a member may be silent.
    var expiryMs: Int
  }

  private static let environment = ["redis": "QUORATE_REDIS", "namespace": "QUORATE_NAMESPACE"]

  /// Whether anything names a server.
  var isGiven: Bool { redis != nil || config != nil || Self.variable("redis") != nil }

  /// What is told of the ledger, and perhaps where it is.
  struct Place: Sendable {
    var url: RedisURL?
    var namespace: String
    /// Milliseconds that a member may be silent.
    var expiryMs: Int
  }

  func target() throws -> Target {
    let place = try place()
    guard let url = place.url else {
      throw ValidationError(
        "no Redis server is named; give --redis URL, a --config FILE with redis:, or QUORATE_REDIS")
    }
    return Target(settings: Self.settings(url), namespace: place.namespace, expiryMs: place.expiryMs)
  }

  /// Flags go before the file, and the file before the environment.
  func place() throws -> Place {
    let file = try config.map { try ConfigCheckCommand.load($0).settings }
    let name = namespace ?? file?.namespace ?? Self.variable("namespace") ?? NodeSettings(node: "").namespace
    guard NameRule.plain.allows(name) else {
      throw ValidationError("a namespace is 1 to 64 of A-Z a-z 0-9 _ . -")
    }
    return Place(
      url: try redis.map(Self.url) ?? file?.redis ?? Self.variable("redis").map(Self.url), namespace: name,
      expiryMs: file?.memberExpiryMs ?? NodeSettings(node: "").memberExpiryMs)
  }

  private static func url(_ text: String) throws -> RedisURL {
    do throws(RedisURLError) {
      return try RedisURL(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  private static func settings(_ url: RedisURL) -> RedisSettings {
    var settings = RedisSettings(url)
    // A person waits: rather late than never, and not for long.
    settings.limits.commandDeadline = .seconds(5)
    settings.limits.dialDeadline = .seconds(5)
    if settings.clientName == nil { settings.clientName = "quorate-command" }
    return settings
  }

  private static func variable(_ name: String) -> String? {
    let value = environment[name].flatMap { ProcessInfo.processInfo.environment[$0] }
    return value?.isEmpty == true ? nil : value
  }
}
