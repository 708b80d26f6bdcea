package import Backends

/// A program under `sh`, which can send its output to places that `Child` cannot.
package enum Shell {
  /// Where the output of a program goes that cannot be written to, and what the system says of it.
  package enum Sink: String, Sendable, CaseIterable {
    case full = "exec \"$@\" >/dev/full"
    case closed = "exec \"$@\" >&-"
    /// A pipe whose reader has gone.
    case unread = """
      folder=$(mktemp -d); mkfifo "$folder/f"
      exec 4<>"$folder/f" 5>"$folder/f" 4<&-
      rm -r "$folder"
      exec "$@" >&5 5>&-
      """

    /// Nil: nothing is said, for whoever read has what they wanted.
    package var reason: String? {
      switch self {
      case .full: "No space left on device"
      case .closed: "Bad file descriptor"
      case .unread: nil
      }
    }
  }

  package struct Result: Sendable, CustomStringConvertible {
    package var end: Child.End?
    package var output: String
    package var error: String
    package var description: String { "\(end.map { "\($0)" } ?? "no end"): \(output)\(error)" }
  }

  /// Runs `words` with this script, in which `"$@"` is the program and its arguments.
  package static func run(
    _ script: String, _ words: [String], environment: [String: String] = [:]
  ) async throws -> Result {
    let child = try Child("sh", ["-c", script, "sh"] + words, environment: environment)
    let end = await child.end(within: .seconds(60))
    return Result(end: end, output: child.state.value.output.text, error: child.state.value.error.text)
  }
}
