import ArgumentParser
import Console
import Glibc
import Health
import Ledger
import Reading
import Synchronization
import UnixSignals

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Print every event of the cluster as it happens.",
    discussion: """
      One line for each event; what was missed while Redis was away is filled in. Remarks go to standard error. Ends
      with 0 on SIGINT, SIGTERM, or when nobody reads its output; with 1 when Redis cannot be read at the start.

      Examples:
        quorate watch --redis redis://127.0.0.1:6379
        quorate watch --upstream foo.com --upstream bar.com
        quorate watch --upstream foo.com --after 120 --json      from event 121 on, as JSON
      """)

  @OptionGroup var redis: RedisOptions

  @Option(
    name: .customLong("upstream"),
    help: ArgumentHelp("Only this upstream; may be repeated (default: all).", valueName: "name"))
  var upstreams: [String] = []

  @Option(
    help: ArgumentHelp("Begin with what came after this event; wants one --upstream.", valueName: "seq"))
  var after: UInt64?

  @Flag(help: "Print each event as it is in Redis: one JSON object a line.")
  var json = false

  func validate() throws {
    if after != nil, Set(upstreams).count != 1 {
      throw ValidationError("--after counts the events of one upstream: give one --upstream with it")
    }
    for name in upstreams where UpstreamName(name) == nil {
      throw ValidationError("'\(Plain.text(name))' is no upstream: 1 to 64 of A-Z a-z 0-9 _ . - :")
    }
  }

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    try await withThrowingTaskGroup { group in
      group.addTask { try await watch() }
      group.addTask {
        // At once, also while a reader that has stopped keeps a line from being written.
        for await _ in signals { _exit(0) }
      }
      group.addTask { await Self.outputCloses() }
      // Whatever ends first ends the command.
      try await group.next()
      group.cancelAll()
    }
  }

  private func watch() async throws {
    let session = try await LedgerSession.open(redis)
    let names = upstreams.compactMap { UpstreamName($0) }
    let line = EventLine(clock: LocalMoment.clock, paint: StandardOutput.paint)
    let asJson = json
    let failure = Mutex<OutputError?>(nil)
    var watch = EventWatch(session.store, names.isEmpty ? .all : .only(Set(names)), after: after) { told in
      switch told {
      case .event(let event):
        do throws(OutputError) {
          return try StandardOutput.write(asJson ? JsonText.encode(event) : line.text(event))
        } catch {
          failure.withLock { $0 = error }
          return false
        }
      case .note(let sentence):
        StandardError.write("quorate: \(sentence)")
        return true
      }
    }
    do throws(LedgerError) {
      try await watch.run()
    } catch {
      throw session.refusal("cannot read Redis at \(session.address): \(error.sentence)")
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Nothing else would tell before the next event.
  private static func outputCloses() async {
    while !Task.isCancelled, !StandardOutput.isClosed {
      try? await Task.sleep(for: .seconds(1))
    }
  }
}
