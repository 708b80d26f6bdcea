/// What a server's error reply says, as a class.
enum ServerErrorText {
  /// - Parameter text: an error reply without its `-`, as long as it came.
  static func error(_ text: String) -> RedisError {
    let text = insideScript(text)
    if text.hasPrefix(lacksInScript) { return .noPermission(PlainText.shown(text)) }
    let code = String(text.prefix { $0 != " " }.prefix(40))
    let shown = PlainText.shown(withoutArguments(text))
    return switch code {
    case "NOAUTH", "WRONGPASS", "DENIED": .refused(shown)
    case "NOSCRIPT": .scriptMissing(shown)
    case "READONLY": .readOnly(shown)
    case "LOADING": .loading(shown)
    case "BUSY": .busy(shown)
    case "OOM": .outOfMemory(shown)
    case "NOREPLICAS": .noReplicas(shown)
    case "MISCONF": .misconfigured(shown)
    case "NOPERM": .noPermission(shown)
    case "WRONGTYPE": .wrongType(shown)
    case "TRYAGAIN": .tryAgain(shown)
    case "CLUSTERDOWN": .clusterDown(shown)
    case "MOVED": redirection(text).map { .moved(slot: $0, address: $1) } ?? other(code, shown)
    case "ASK": redirection(text).map { .ask(slot: $0, address: $1) } ?? other(code, shown)
    default: other(code, shown)
    }
  }

  /// Redis 7.0 says so, without the NOPERM of its other versions, where the user may run the script but not what is in it.
  private static let lacksInScript = "ERR The user executing the script can't "

  private static func other(_ code: String, _ shown: String) -> RedisError {
    .server(code: PlainText.shown(code), text: shown)
  }

  /// `MOVED 3999 127.0.0.1:6381`; a server that does not know its own host leaves it out.
  private static func redirection(_ text: String) -> (Int, String)? {
    let words = text.split(separator: " ")
    guard words.count == 3, let slot = Int(words[1]), (0..<16384).contains(slot) else { return nil }
    return (slot, PlainText.shown(String(words[2])))
  }

  /// Before Redis 7 the error of a command in a script was wrapped:
  /// `ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -OOM command not allowed …`; a missing right
  /// without a code.
  private static func insideScript(_ text: String) -> String {
    guard text.hasPrefix("ERR Error running script") else { return text }
    if let right = text.range(of: ": The user ") { return "ERR The user \(text[right.upperBound...])" }
    guard let dash = text.range(of: ": -") else { return text }
    return String(text[dash.upperBound...])
  }

  /// `ERR unknown command 'X', with args beginning with: …` repeats arguments, and one may be a password.
  private static func withoutArguments(_ text: String) -> String {
    guard let echo = text.range(of: ", with args beginning with") else { return text }
    return String(text[..<echo.lowerBound])
  }
}

extension RedisError {
  /// What a server's error reply means.
  ///
  /// - Parameter text: without the `-` that it begins with.
  package init(reply text: String) {
    self = ServerErrorText.error(text)
  }
}

extension String {
  /// The first place of `part`; the standard library alone has no such search for strings.
  fileprivate func range(of part: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
      start = index(after: start)
    }
    return nil
  }
}
