import Backends

/// The other side of all probes, a process of its own.
struct Responder: Sendable {
  struct Count: Sendable {
    var answers: Double
    var cpuSeconds: Double
  }

  let port: UInt16
  private let child: Child

  init(core: Int, seconds: Int) async throws {
    child = try Child("taskset", ["-c", "\(core)", Programs.sibling("quorate-responder"), "0", "\(seconds)"])
    guard let line = await child.line(with: "port ", on: .output), let port = UInt16(line.text.dropFirst(5))
    else {
      throw BenchError(text: "the responder did not start: \(child.state.value.error.text)")
    }
    self.port = port
  }

  /// Probes answered so far: what the contestants really did.
  func count() async throws -> Count {
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

  func end() async { await child.stop() }
}

struct BenchError: Error, CustomStringConvertible {
  var text: String
  var description: String { text }
}
