/// What is said first on a connection: who we are, and which database we want.
struct Handshake {
  private enum Step {
    case login, database, name, role
  }

  private var steps: [Step] = []
  private(set) var commands: [RedisCommand] = []

  /// Never empty: a server that took the connection but does not answer must be found out before a command is
  /// written, because then nobody knows whether it was run.
  init(_ settings: RedisSettings, password: String?) {
    if let password {
      add(.login, RedisCommand("AUTH", arguments: settings.user.map { [$0, password] } ?? [password]))
    }
    if settings.database != 0 { add(.database, RedisCommand("SELECT", String(settings.database))) }
    let name = settings.clientName.map { RedisCommand("CLIENT", "SETNAME", $0) }
    add(.name, name ?? RedisCommand("PING"))
    if settings.isLedBySentinels { add(.role, RedisCommand("ROLE")) }
  }

  private mutating func add(_ step: Step, _ command: RedisCommand) {
    steps.append(step)
    commands.append(command)
  }

  /// Why the connection cannot be used; nil: it can.
  func fault(_ answer: RedisAnswer) -> RedisError? {
    for (index, step) in steps.enumerated() {
      switch answer.result(index) {
      case .failure(let error):
        if let fault = Self.fault(step, error) { return fault }
      case .success(let reply):
        guard case .role = step, !RoleWatch.isPrimary(reply) else { continue }
        return .unreachable("the server that the Sentinels name is a replica")
      }
    }
    return nil
  }

  private static func fault(_ step: Step, _ error: RedisError) -> RedisError? {
    switch (step, error) {
    case (_, .server("ERR", let text)) where text.contains("max number of clients"): .unreachable(text)
    case (_, .outcomeUnknown(let why)): .unreachable(why)
    case (_, .tls): error
    case (_, .protocolViolation), (_, .replyTooLarge): .unreachable(error.description)
    // Only the first word is repeated: the rest might repeat what was sent.
    case (.login, .refused(let text)), (.login, .noPermission(let text)): .refused(code(text))
    case (.login, .server(let code, _)): .refused(Self.code(code))
    case (.login, _), (.name, .refused), (.database, _), (.role, _): error
    // Naming may be forbidden, and a server that is loading refuses PING: it answers, and that is all we ask here.
    case (.name, _): nil
    }
  }

  private static func code(_ text: String) -> String {
    let word = text.prefix { $0 != " " }
    let isCode = word.utf8.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    return "the server answers \(isCode ? word : "ERR") to AUTH"
  }
}
