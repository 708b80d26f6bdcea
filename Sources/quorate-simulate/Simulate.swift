import ArgumentParser
import Cluster
import Console
import Glibc
import Simulation
import Synchronization

/// Runs whole clusters in virtual time, from seeds, and tells which promise was broken.
@main
struct Simulate: ParsableCommand {
  static func main() { Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-simulate",
    abstract: "Run whole clusters in virtual time, under faults, and look for a broken promise.",
    discussion: """
      Without --seed: runs --seeds of them on all cores, tells how many hours the clusters lived, and shrinks the first \
      run that broke a promise. With --seed: one run; --trace prints what happened. With --scenario: the story \
      in a file, as docs/simulation.md tells.
      """)

  @Option(help: "Seeds to run: 1 or more.")
  var seeds: UInt64 = 1000

  @Option(help: "The first seed; random: one that is drawn, and told first.")
  var from = SeedStart(seed: 0)

  @Option(help: "Run this seed alone.")
  var seed: UInt64?

  @Option(
    help: """
      A file for what is found, as it comes. The run does not end at a finding, and goes on where it was when it is \
      started again with the same file.
      """)
  var log: String?

  @Option(help: "Run the seeds in this file, one in each line, with their plans and with the narrow ones.")
  var list: String?

  @Flag(help: "Plans as they were when clusters had one upstream.")
  var narrow = false

  @Option(help: "Run the scenario in this file, and print what happened.")
  var scenario: String?

  @Flag(help: "Print what happened, line by line.")
  var trace = false

  @Flag(help: "Print each probe, too.")
  var probes = false

  @Flag(
    help: "Look for the shortest schedule of faults that still breaks the promise, and print its history.")
  var shrink = false

  @Option(help: "A rule that the nodes do not keep, to see who objects.")
  var without: String?

  @Flag(help: "Take each rule away in turn, and tell who objects at which seed, of at most --seeds.")
  var rules = false

  @Option(help: "For --rules: a file with the seed of each rule that is tried first, as --rules prints them.")
  var noticed: String?

  @Flag(help: "Only count which invariants objected, and in which seeds first.")
  var count = false

  @Flag(help: "Print one number of all histories of --seeds: two builds that print the same behave alike.")
  var digest = false

  @Option(help: "Threads: 1 or more; as many as there are cores unless given.")
  var threads: Int?

  func validate() throws {
    guard seeds > 0 else { throw ValidationError("--seeds is 1 or more") }
    guard threads.map({ $0 > 0 }) ?? true else { throw ValidationError("--threads is 1 or more") }
    _ = try safeguards()
  }

  func run() throws {
    if let scenario { return try ScenarioRun(path: scenario, withProbes: probes).run() }
    if let list { return try SeedList(path: list, threads: workers).run() }
    let safeguards = try safeguards()
    if let seed { return try runOne(plan(seed, safeguards)) }
    if let log { return try runLong(log, safeguards) }
    if rules { return try trial().run() }
    try StandardOutput.write("seeds \(from.seed) to \(from.seed + seeds - 1)")
    if digest {
      return try HistoryDigest(seeds: Seeds(from: from.seed, count: seeds), threads: workers).run()
    }
    let start = Self.cpuSeconds
    let campaign = runMany(safeguards)
    let cpu = Self.cpuSeconds - start
    let hours = Double(campaign.livedMs) / 3_600_000
    try StandardOutput.write(
      "\(campaign.runs) runs, \(Self.rounded(hours)) hours of cluster time, \(campaign.calls) calls of machines; "
        + "\(Self.rounded(cpu)) CPU seconds, \(Self.rounded(hours / max(cpu, 0.001))) hours for each")
    let broken = campaign.broken.sorted { $0.seed < $1.seed }
    if count { return try Self.count(broken) }
    for verdict in broken.prefix(20) { try Self.tell(verdict) }
    guard let first = broken.first else {
      try StandardOutput.write("no promise was broken")
      return
    }
    try StandardOutput.write("\(broken.count) of \(campaign.runs) runs broke a promise")
    try runOne(plan(first.seed, safeguards), shrinking: true)
  }

  private func plan(_ seed: UInt64, _ safeguards: Safeguards) -> Plan {
    PlanMaker.plan(seed: seed, safeguards: safeguards, isNarrow: narrow)
  }

  private func trial() throws -> RuleTrial {
    let noticed = try noticed.map { try RuleTrial.read($0) }
    return RuleTrial(seeds: seeds, from: from.seed, threads: workers, noticed: noticed ?? [:])
  }

  private func runLong(_ path: String, _ safeguards: Safeguards) throws {
    let file = try FindingsFile(path: path, from: from.seed, isDrawn: from.isDrawn)
    try StandardOutput.write("seeds \(file.from) to \(file.from + seeds - 1), findings in \(path)")
    let isNarrow = narrow
    try LongRun(file: file, seeds: seeds, threads: workers) { seed in
      Verdict.of(PlanMaker.plan(seed: seed, safeguards: safeguards, isNarrow: isNarrow))
    }.run()
  }

  private func safeguards() throws -> Safeguards {
    guard let without else { return .all }
    guard let safeguard = Safeguard.allCases.first(where: { "\($0)" == without }) else {
      let names = Safeguard.allCases.map { "\($0)" }.joined(separator: ", ")
      throw ValidationError("there is no rule \(without); the rules are \(names)")
    }
    return .without(safeguard)
  }

  private func runOne(_ plan: Plan, shrinking: Bool = false) throws {
    var plan = plan
    if shrink || shrinking, var shrinker = Shrinker(plan) {
      plan = shrinker.shrink()
      try StandardOutput.write(
        "the shortest schedule that was found, as a scenario, after \(shrinker.tries) runs:")
      try StandardOutput.write(plan.text)
    }
    let transcript = trace || shrink || shrinking ? Transcript(withProbes: probes) : nil
    let verdict = Verdict.of(plan, transcript: transcript)
    if let transcript { try Self.write(transcript) }
    try Self.tell(verdict)
    if !verdict.violations.isEmpty { throw ExitCode.failure }
  }

  private var workers: Int { threads ?? max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1) }

  private func runMany(_ safeguards: Safeguards) -> Campaign {
    let all = Mutex(Campaign())
    let isNarrow = narrow
    Seeds(from: from.seed, count: seeds).share(among: workers) { seed in
      let verdict = Verdict.of(PlanMaker.plan(seed: seed, safeguards: safeguards, isNarrow: isNarrow))
      all.withLock { $0.add(verdict) }
      return true
    }
    return all.withLock { $0 }
  }

  private static func count(_ broken: [Verdict]) throws {
    var seeds: [String: [UInt64]] = [:]
    for verdict in broken {
      for name in Set(verdict.violations.map(\.invariant)) { seeds[name, default: []].append(verdict.seed) }
    }
    for (name, found) in seeds.sorted(by: { $0.key < $1.key }) {
      let first = found.prefix(12).map { "\($0)" }.joined(separator: " ")
      try StandardOutput.write("\(name): \(found.count) runs, seeds \(first)")
    }
    try StandardOutput.write("\(broken.count) runs broke a promise")
  }

  static func write(_ transcript: Transcript) throws {
    try StandardOutput.write(transcript.lines.map { $0 + "\n" }.joined(), terminator: "")
  }

  static func tell(_ verdict: Verdict) throws {
    for violation in verdict.violations {
      try StandardOutput.write(
        "seed \(verdict.seed): \(violation.invariant) at \(violation.atMs) ms: \(violation.what)")
    }
  }

  /// Of all threads of this process.
  private static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func rounded(_ number: Double) -> String { String((number * 100).rounded() / 100) }
}
