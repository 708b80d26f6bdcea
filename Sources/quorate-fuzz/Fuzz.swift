import ArgumentParser
import Console
import Probing

/// Feeds the parser of answers with made-up bytes for a while. A seed that ends badly is printed before it is run, so
/// that it can be had again.
@main
struct Fuzz: ParsableCommand {
  static func main() { Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-fuzz", abstract: "Feed the parser of answers with made-up bytes.")

  @Option(help: "Seconds to go on for: 1 to 86400.")
  var seconds = 60

  @Option(help: "Rounds of inputs in place of seconds, one for each parser: 1 to 1000000000.")
  var inputs: UInt64?

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  func validate() throws {
    guard (1...86_400).contains(seconds) else { throw ValidationError("--seconds is 1 to 86400") }
    if let inputs, !(1...1_000_000_000).contains(inputs) {
      throw ValidationError("--inputs is 1 to 1000000000")
    }
  }

  func run() throws {
    let end = SteadyClock.nowMs + Int64(seconds) * 1000
    var seed = seed
    var lines: UInt64 = 0
    let expectations = try ExpectationFuzz()
    let streams = try StreamFuzz()
    while inputs.map({ lines < $0 }) ?? (SteadyClock.nowMs < end) {
      var answers = Answers(seed: seed)
      for _ in 0..<10_000 where inputs.map({ lines < $0 }) ?? true {
        let line = answers.next()
        let fault =
          Self.fault(in: line) ?? AnswerFuzz.fault(in: answers.whole(), &answers)
          ?? expectations.fault(&answers) ?? streams.fault(&answers)
        if let fault {
          try StandardOutput.write("seed \(seed): \(fault)")
          throw ExitCode.failure
        }
        lines += 1
      }
      seed &+= 1
    }
    try StandardOutput.write("\(lines) answers, seeds \(self.seed) to \(seed &- 1): no fault")
  }

  /// What the parser promises of any line; nil: it kept it.
  private static func fault(in line: [UInt8]) -> String? {
    let statuses = StatusSet([200, 204, 302])
    let any = StatusLine.judge(line.span, valid: StatusSet([]))
    guard case .valid(let status) = any else { return "\(line) was refused though any will do" }
    switch StatusLine.judge(line.span, valid: statuses) {
    case .valid(let listed):
      if !statuses.contains(listed) || listed != status {
        return "a code outside the list was taken: \(line)"
      }
    case .badLine:
      if status != 0 || StatusLine.code(in: line.span) != nil {
        return "a line with a code was called bad: \(line)"
      }
    case .badCode(let digits):
      guard digits.range.upperBound <= line.count, !digits.range.isEmpty else {
        return "digits outside the line: \(line)"
      }
      let areDigits = line[digits.range].allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      if !areDigits || statuses.contains(digits.status) {
        return "these are no digits of a bad code: \(line)"
      }
    }
    return nil
  }
}

/// Answers made from good ones by changing, dropping, doubling and joining bytes.
struct Answers {
  private var state: UInt64
  private static let good = [
    "HTTP/1.1 200 OK\r", "HTTP/1.0 302 Found", "http/1.1\t\t404", "HTTP/1.1 99999999999999999999999 x",
    "HTTP/2 200",
    "HTTP/1.1 100 Continue\r", "", "\r", "ICY 200 OK", "HTTP/000000000000.1 200",
  ].map { Array($0.utf8) }

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> [UInt8] {
    var line = Self.good[below(Self.good.count)]
    for _ in 0..<below(8) {
      guard !line.isEmpty else { break }
      let index = below(line.count)
      switch below(5) {
      case 0: line[index] = UInt8(below(256))
      case 1: line[index] ^= 1 << UInt8(below(8))
      case 2: line.remove(at: index)
      case 3: line.insert(contentsOf: line[index..<min(index + below(40), line.count)], at: index)
      default: line += Self.good[below(Self.good.count)]
      }
    }
    return line
  }

  /// A few lines, interim ones and headers among them, with line ends good and bad.
  mutating func whole() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<(1 + below(8)) {
      switch below(4) {
      case 0: bytes += next()
      case 1: break
      default: bytes += Self.parts[below(Self.parts.count)]
      }
      bytes += below(3) == 0 ? [0x0a] : [0x0d, 0x0a]
    }
    return bytes
  }

  private static let parts = [
    "HTTP/1.1 100 Continue", "HTTP/1.1 103 Early Hints", "HTTP/1.1 101 Switching", "HTTP/1.1 200 OK",
    "HTTP/1.0 200 OK",
    "Link: </a>", "Content-Length: 7", "Content-Length: 99999999999999999999999",
    "Transfer-Encoding: chunked",
    "Connection: close", "Connection: keep-alive", "0", "7", "body body",
  ].map { Array($0.utf8) }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
