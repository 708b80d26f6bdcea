import Addresses
import ArgumentParser
import Console
import Ledger
import RedisLedger

struct RedisGroupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redis",
    abstract: "Set Redis up for a cluster.",
    subcommands: [RedisAclCommand.self])
}

struct RedisAclCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acl",
    abstract: "Print the ACL SETUSER line of a user with the least rights.",
    discussion: """
      Nothing is asked of a server, and nothing is changed: the line is for redis-cli or a file of ACLs. It forgets what \
      the user was before; put a password in the place of PASSWORD. From --redis and --config only the database and the \
      user's name are taken.

      node       quorate serve
      operator   quorate peer, and what a reader may
      reader     quorate status, watch, nodes, explain, and programs that read
      sentinel   a user of the Sentinels, for the nodes

      Examples:
        quorate redis acl --role node --namespace shop
        quorate redis acl --role operator --user anna --redis-version 6.2
      """)

  @Option(help: "Whom the user is for: \(AccessRules.Role.list).")
  var role: AccessRules.Role

  @Option(
    help: ArgumentHelp(
      "The user's name (default: that of --redis or --config, or quorate-ROLE).", valueName: "name"))
  var user: String?

  @Option(
    name: .customLong("redis-version"),
    help: "The oldest server that is to take the line: \(AccessRules.Version.list).")
  var version = AccessRules.Version.redis70

  @OptionGroup var redis: RedisOptions

  func validate() throws {
    // Redis cuts the line at spaces, and takes any name that has none.
    guard user?.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) ?? true, user?.isEmpty != true else {
      throw ValidationError("a user's name is printable ASCII without spaces")
    }
  }

  func run() async throws {
    let place = try redis.place()
    let rules = AccessRules(
      role, namespace: place.namespace, database: place.url?.database ?? 0, version: version)
    try StandardOutput.write(rules.line(user: user ?? name(place)))
    if role == .operator, version == .redis62 {
      StandardError.write(
        "quorate: before 7.0 Redis cannot tie HSET to the keys of overrides: this user could write others of the namespace by "
          + "hand")
    }
  }

  private func name(_ place: RedisOptions.Place) -> String {
    switch role {
    case .node: place.url?.user ?? "quorate-node"
    case .sentinel: place.url?.sentinelUser ?? "quorate-sentinel"
    case .operator, .reader: "quorate-\(role.rawValue)"
    }
  }
}

extension AccessRules.Role: ExpressibleByArgument {
  fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension AccessRules.Version: ExpressibleByArgument {
  fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
