import Glibc

/// Text for people who run a program; what a program is for goes to standard output.
package enum StandardError {
  /// Milliseconds that a reader without room is waited for.
  private static let patienceMs: Int32 = 1000

  /// Writes the text and ends it as a line. What cannot be written is lost: there is nobody else to tell.
  package static func write(_ text: String) {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    _ = Descriptor.write(Array(line.utf8), to: STDERR_FILENO, patienceMs: patienceMs)
  }
}
