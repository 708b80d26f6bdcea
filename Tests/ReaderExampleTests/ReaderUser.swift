import RedisLedger

/// The user that is recommended for programs that read.
enum ReaderUser {
  /// The command that makes it, of the name `reader`.
  static func words(password: String) -> [String] {
    AccessRules(.reader, namespace: DecidingLeader.namespace).line(user: "reader", password: ">\(password)")
      .split(separator: " ").map(String.init)
  }
}
