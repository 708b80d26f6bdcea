/// A Lua script with its digest, by which the server is asked to run it.
package struct RedisScript: Hashable, Sendable {
  package let text: String
  /// SHA-1 of the text, 40 hexadecimal digits, as SCRIPT LOAD would say.
  package let digest: String

  package init(_ text: String) {
    self.text = text
    digest = SHA1.hexadecimal(of: Array(text.utf8))
  }

  package static func == (one: RedisScript, other: RedisScript) -> Bool { one.digest == other.digest }

  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// A script with the keys and arguments of one run.
package struct RedisScriptCall: Sendable {
  package let script: RedisScript
  /// EVALSHA with everything after it.
  let byDigest: RedisCommand
  package let keys: [String]
  private let arguments: [String]

  package init(_ script: RedisScript, keys: [String] = [], arguments: [String] = []) {
    self.script = script
    self.keys = keys
    self.arguments = arguments
    byDigest = Self.command("EVALSHA", script.digest, keys, arguments)
  }

  /// All that is sent, but for a few bytes.
  package var byteCount: Int { byDigest.bytes.count }

  /// EVAL: the server does not have the script.
  var byText: RedisCommand { Self.command("EVAL", script.text, keys, arguments) }

  private static func command(
    _ name: String, _ script: String, _ keys: [String], _ arguments: [String]
  ) -> RedisCommand {
    var command = RedisCommand(name)
    var bytes = script.utf8.count + 8
    for key in keys { bytes += key.utf8.count }
    for argument in arguments { bytes += argument.utf8.count }
    command.reserve(arguments: keys.count + arguments.count + 2, bytes: bytes)
    command.append(script)
    command.append(keys.count)
    for key in keys { command.append(key) }
    for argument in arguments { command.append(argument) }
    return command
  }
}
