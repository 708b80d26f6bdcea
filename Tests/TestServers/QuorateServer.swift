package import Backends
import Glibc

/// A running `quorate serve`.
package final class QuorateServer: Sendable {
  package let process: Child
  package let port: UInt16

  /// Serves when this returns.
  package convenience init(_ arguments: [String], environment: [String: String] = [:]) async throws {
    try await self.init(running: [Programs.quorate], arguments, environment: environment)
  }

  /// The same by a program that starts `quorate`: the last of these words.
  package init(
    running program: [String], _ arguments: [String], environment: [String: String] = [:]
  ) async throws {
    process = try Child(
      program.first ?? "", program.dropFirst() + ["serve"] + arguments, environment: environment)
    let heard = await process.line(with: "serving on ", within: .seconds(20))
    // At the end of a line, or of a word of JSON.
    let digits = heard?.text.split(separator: "serving on ").last?.split(separator: ":").dropFirst(2).first
    guard let digits, let port = UInt16(digits.prefix { $0.isNumber }) else {
      throw TestServerError("quorate did not start:\n\(process.state.value.error.text)")
    }
    self.port = port
  }

  /// Runs a command of quorate to its end.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> (end: Child.End?, output: String, error: String) {
    let child = try Child(Programs.quorate, arguments, environment: environment)
    let end = await child.end(within: .seconds(30))
    let state = child.state.value
    return (end, state.output.text, state.error.text)
  }

  /// All that it has logged.
  package var log: String { process.state.value.error.text }
  /// Where a search for the next lines begins.
  package var logEnd: Int { process.state.value.error.whole.count }

  package func get(_ path: String, from: String = "127.0.0.1") async throws -> HttpClient.Answer {
    try await HttpClient.get(path, port: port, from: from)
  }

  /// The page as soon as it is `wanted`, or what it is when the time is over: it changes a moment after the log line
  /// that tells of the change.
  package func page(_ path: String = "/status", becomes wanted: String) async throws -> String {
    try await HttpClient.get(path, port: port, within: .seconds(5)) { $0.body == wanted }.body
  }

  /// The first line with this text from the line of number `start` on.
  @discardableResult
  package func logged(_ text: String, from start: Int = 0) async throws -> (text: String, next: Int) {
    guard let line = await process.line(with: text, from: start, within: .seconds(20)) else {
      throw TestServerError("\"\(text)\" was not logged:\n\(log)")
    }
    return line
  }

  package func readSettingsAgain() { process.signal(SIGHUP) }

  package func end() async { await process.stop() }
}
