import ArgumentParser
import Console
import RedisReplyFuzz

/// `make fuzz-redis`: feeds the reader of replies with made-up bytes for a while.
@main
struct FuzzRedis: ParsableCommand {
  static func main() { Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-fuzz-redis", abstract: "Feed the reader of Redis' replies with made-up bytes.",
    discussion: "Each thousand begins with a note of its first seed, so that a crash can be had again.")

  @Option(help: "Seconds to go on for: 1 to 86400.")
  var seconds = 60

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  func validate() throws {
    guard (1...86_400).contains(seconds) else { throw ValidationError("--seconds is 1 to 86400") }
  }

  func run() throws {
    let end = ContinuousClock.now + .seconds(seconds)
    var seed = seed
    var refused = 0
    repeat {
      try StandardOutput.write("\rfrom seed \(seed)", terminator: "")
      for _ in 0..<1_000 {
        switch ReplyFuzz.judge(seed: seed) {
        case .read: break
        case .refused: refused += 1
        case .broken(let how):
          try StandardOutput.write("\rseed \(seed): \(how)")
          throw ExitCode.failure
        }
        seed &+= 1
      }
    } while .now < end
    try StandardOutput.write(
      "\r\(seed &- self.seed) replies, seeds \(self.seed) to \(seed &- 1), \(refused) refused: no fault")
  }
}
