import Addresses
import Redis
import RedisTestServer
import Testing

extension RedisServer {
  /// With the patience that a busy machine may need: for tests that are not about time.
  var settings: RedisSettings {
    var settings = RedisSettings(.unix(path: socket))
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return settings
  }

  func patientClient(_ change: (inout RedisSettings) -> Void = { _ in }) -> RedisClient {
    var settings = settings
    change(&settings)
    return RedisClient(settings)
  }
}

extension RedisClient {
  /// The reply as text, or the class of the error in `<>`: what tables compare.
  func said(_ words: String..., deadline: Duration? = nil) async -> String {
    do throws(RedisError) {
      var command = RedisCommand(words[0])
      for word in words.dropFirst() { command.append(word) }
      return try await send(command, deadline: deadline).shown
    } catch {
      return "<\(error.name)>"
    }
  }

  /// Asks until the answer is the wanted one, for as long as the test may run.
  func ask(_ words: [String], until wanted: (String) -> Bool) async -> String {
    while true {
      let answer: String
      do throws(RedisError) {
        answer = try await send(RedisCommand(words[0], arguments: Array(words.dropFirst()))).shown
      } catch {
        answer = "<\(error.name)>"
      }
      if wanted(answer) || Task.isCancelled { return answer }
      await Task.yield()
    }
  }
}

extension RedisReply {
  /// All of it as text, arrays in brackets: for tests only, as a reply may be a secret.
  var shown: String {
    switch kind {
    case .null: "null"
    case .integer: "\(integer ?? 0)"
    case .status, .string: string ?? ""
    case .error: "<\(error?.name ?? "")>"
    case .array: "[" + elements.map(\.shown).joined(separator: " ") + "]"
    }
  }
}

extension Result where Success == RedisReply, Failure == RedisError {
  var shown: String {
    switch self {
    case .success(let reply): reply.shown
    case .failure(let error): "<\(error.name)>"
    }
  }
}
