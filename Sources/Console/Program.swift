package import ArgumentParser
import CConsole
import Glibc

/// How the programs begin and end, whichever they are. What comes before is in `CConsole`: standard output and error are
/// open, and SIGPIPE is ignored.
///
/// | ends with | when |
/// |---|---|
/// | what the command says | it did, or could not do, what was asked |
/// | 0 | help or the version was asked for |
/// | 1 | what was to be printed could not be written |
/// | 64 | the arguments make no sense |
package enum Program {
  package static func run<Command: AsyncParsableCommand>(_ command: Command.Type) async -> Never {
    do {
      var parsed = try await Command.asyncParseAsRoot()
      if var parsed = parsed as? any AsyncParsableCommand {
        try await parsed.run()
      } else {
        try parsed.run()
      }
    } catch {
      end(command, error)
    }
    Glibc.exit(0)
  }

  package static func run<Command: ParsableCommand>(_ command: Command.Type) -> Never {
    do {
      var parsed = try Command.parseAsRoot()
      try parsed.run()
    } catch {
      end(command, error)
    }
    Glibc.exit(0)
  }

  /// ArgumentParser's own way does not look whether its texts could be written.
  private static func end<Command: ParsableCommand>(_ command: Command.Type, _ error: any Error) -> Never {
    if let error = error as? OutputError {
      StandardError.write("\(Command.configuration.commandName ?? "error"): \(error)")
      Glibc.exit(1)
    }
    let code = Command.exitCode(for: error).rawValue
    let text = Command.fullMessage(for: error)
    if !text.isEmpty {
      if code == 0 {
        do throws(OutputError) { try StandardOutput.write(text) } catch { end(command, error) }
      } else {
        StandardError.write(text)
      }
    }
    Glibc.exit(code)
  }
}
