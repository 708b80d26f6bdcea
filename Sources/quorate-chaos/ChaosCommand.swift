import ArgumentParser
import BenchTools
import Chaos
import Console
import FoundationEssentials
import Glibc

/// Breaks what can break, from outside, and looks on.
@main
struct ChaosCommand: AsyncParsableCommand {
  static func main() async { await Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-chaos",
    abstract: "Run three nodes on a Redis with fail-over, and make things go wrong at random.",
    discussion: """
      Nodes are killed, paused and cut off; primaries die, hang and come back; ways are slow, silent or reset; keys are \
      lost and spoilt; backends come and go. Whatever is told that was not so, twice, out of order or not at all is a \
      violation, and the end is 1.

      It runs as root, in namespaces of its own that end with it: nothing else of the machine is touched.
      """)

  @Option(help: "For how many minutes: 0.1 to 600.")
  var minutes = 2.0

  @Option(help: "The same seed makes the same plan; the moments differ. Without one it is drawn.")
  var seed: UInt64?

  @Flag(help: "A Redis Cluster instead of a primary behind Sentinels.")
  var cluster = false

  @Flag(help: .hidden)
  var inside = false

  func validate() throws {
    guard (0.1...600).contains(minutes) else { throw ValidationError("--minutes is 0.1 to 600") }
  }

  func run() async throws {
    let seed = seed ?? .random(in: 0..<1_000_000_000)
    guard inside else { throw try Self.enter(seed: seed, minutes: minutes, cluster: cluster) }
    try StandardOutput.write("seed \(seed), \(minutes) minutes, \(cluster ? "a Redis Cluster" : "Sentinels")")
    let begin = ContinuousClock.now
    let plan = ChaosRun.Plan(
      seed: seed, length: .milliseconds(Int(minutes * 60_000)), isCluster: cluster,
      program: Programs.sibling("quorate"))
    let run = try await ChaosRun(plan) { text in
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      _ = try? StandardOutput.write("\(Int(seconds)) s: \(text)")
    }
    let result = try await run.run()
    try StandardOutput.write(ChaosReport.text(result))
    guard result.violations.isEmpty else { throw ExitCode.failure }
  }

  /// Becomes this program again, in namespaces of its own: what it starts ends with it.
  private static func enter(seed: UInt64, minutes: Double, cluster: Bool) throws -> any Error {
    guard geteuid() == 0 else {
      return ValidationError("it runs as root: it makes network namespaces of its own")
    }
    let words =
      ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", Programs.own, "--inside"]
      + ["--seed", "\(seed)", "--minutes", "\(minutes)"] + (cluster ? ["--cluster"] : [])
    let copies = words.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    execvp("unshare", copies + [nil])
    return ValidationError("unshare cannot be started: \(String(cString: strerror(errno)))")
  }
}
