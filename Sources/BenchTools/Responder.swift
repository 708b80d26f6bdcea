import Backends
import Glibc

/// The other side of all probes, a process of its own: `quorate-responder`, built beside this program.
package struct Responder: Sendable {
  package struct Count: Sendable {
    package var answers: Double
    package var cpuSeconds: Double
  }

  package let port: UInt16
  private let child: Child

  /// Listens when this returns.
  ///
  /// - Parameters:
  ///   - core: the one that it may use; nil: any.
  ///   - seconds: how long it lives at most; up to 600.
  package init(core: Int? = nil, seconds: Int) async throws {
    let (program, arguments) = (Programs.sibling("quorate-responder"), ["0", "\(seconds)"])
    if let core {
      child = try Child("taskset", ["-c", "\(core)", program] + arguments)
    } else {
      child = try Child(program, arguments)
    }
    guard let line = await child.line(with: "port ", on: .output), let port = UInt16(line.text.dropFirst(5))
    else {
      throw BenchError(text: "the responder did not start: \(child.state.value.error.text)")
    }
    self.port = port
  }

  /// Probes answered so far: what the contestants really did.
  package func count() async throws -> Count {
    let before = child.state.value.output.whole.count
    child.write("count\n")
    guard let line = await child.line(with: "answers ", on: .output, from: before) else {
      throw BenchError(text: "the responder has gone")
    }
    let words = line.text.split(separator: " ")
    guard words.count == 4, let answers = Double(words[1]), let micros = Double(words[3]) else {
      throw BenchError(text: "the responder said \(line.text)")
    }
    return Count(answers: answers, cpuSeconds: micros / 1e6)
  }

  package func end() async { await child.stop() }

  /// Kills it: from now on connections to its port are refused.
  package func kill() async { await child.stop(with: SIGKILL) }
}

package struct BenchError: Error, CustomStringConvertible {
  package var text: String
  package var description: String { text }

  package init(text: String) {
    self.text = text
  }
}
