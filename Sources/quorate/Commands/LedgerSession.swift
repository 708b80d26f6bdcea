import ArgumentParser
import Console
import Health
import Ledger
import Reading
import Redis
import RedisLedger
import Settings

/// The ledger in Redis, as a command uses it: what goes wrong is one line, and the end of the command.
struct LedgerSession: Sendable {
  let store: any LedgerStore
  let target: RedisOptions.Target

  /// Of the server, without user and password.
  var address: String { "\(target.settings.topology)" }

  /// Returns when the server answers.
  static func open(_ options: RedisOptions) async throws -> LedgerSession {
    let target = try options.target()
    let client = try await connect(target)
    let store = RedisLedger(client, namespace: target.namespace) {
      StandardError.write("quorate: \($0.text)")
    }
    return LedgerSession(store: store, target: target)
  }

  /// Where nobody listens, that is the answer: the client would try again until the time is over.
  private static func connect(_ target: RedisOptions.Target) async throws -> RedisClient {
    let (dials, teller) = AsyncStream.makeStream(of: RedisLinkEvent.self)
    let client = RedisClient(target.settings) { teller.yield($0) }
    async let answer = client.send(RedisCommand("PING"))
    for await dial in dials {
      if case .failed(let error) = dial { throw failure(error, target) }
      break
    }
    teller.finish()
    do {
      _ = try await answer
    } catch let error as RedisError {
      throw failure(error, target)
    }
    return client
  }

  private static func failure(_ error: RedisError, _ target: RedisOptions.Target) -> ExitCode {
    let address = target.settings.topology
    let line =
      switch error {
      case .unreachable(let why):
        "cannot reach Redis: \(why); is redis-server running there? --redis names another server"
      case .refused(let why):
        "no login to Redis at \(address): \(why); a password goes into --redis: redis://USER@HOST/?password-file=PATH"
      case .tls(let why):
        "no secure connection to Redis: \(why); the files and the name for TLS go into --redis: "
          + "rediss://HOST/?ca=FILE&cert=FILE&key=FILE&server_name=NAME"
      default: "cannot read Redis at \(address): \(error)"
      }
    StandardError.write("quorate: \(line)")
    return .failure
  }

  /// Reads, or ends the command.
  func read<Value>(_ body: (any LedgerStore) async throws(LedgerError) -> Value) async throws -> Value {
    do throws(LedgerError) {
      return try await body(store)
    } catch {
      throw refusal("cannot read Redis at \(address): \(error.sentence)")
    }
  }

  /// Says why the command cannot go on.
  func refusal(_ why: String) -> ExitCode {
    StandardError.write("quorate: \(why)")
    return .failure
  }

  // MARK: Names

  /// The upstream of this name with all that is decided of it.
  func upstream(_ name: String) async throws -> (name: UpstreamName, snapshot: LedgerSnapshot) {
    if let upstream = UpstreamName(name),
      let snapshot = try await read({ store throws(LedgerError) in try await store.snapshot(of: upstream) })
    {
      return (upstream, snapshot)
    }
    let known = try await read { store throws(LedgerError) in try await store.upstreams() }
    let target = "Redis at \(address), namespace \(target.namespace)"
    if known.keys.contains(where: { $0.text == name }) {
      throw refusal("\(name) is in the index of \(target), and nothing is decided of it")
    }
    throw refusal(Choices.sentence("upstream", name, known.keys.map(\.text), in: target))
  }

  func peer(_ name: String, of upstream: UpstreamName, _ snapshot: LedgerSnapshot) throws -> PeerName {
    let peer = PeerName(name)
    if snapshot.records[peer] != nil { return peer }
    throw refusal(Choices.sentence("peer", name, snapshot.records.keys.map(\.text), in: upstream.text))
  }
}

/// What there is, for somebody who named what there is not.
enum Choices {
  private static let most = 10

  /// - Parameter known: told in the order of their likeness to `name`.
  static func sentence(_ kind: String, _ name: String, _ known: [String], in target: String) -> String {
    let start = "there is no \(kind) \(Plain.text(name)) in \(target)"
    guard !known.isEmpty else { return "\(start), and no other" }
    let given = Array(name.lowercased().utf8)
    let ranked = known.map { (name: $0, distance: Suggestion.distance(given, Array($0.lowercased().utf8))) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    let shown = ranked.prefix(most).map { Plain.text($0.name) }.joined(separator: ", ")
    return "\(start); there \(known.count == 1 ? "is" : "are") \(shown)"
      + (known.count > most ? " and \(known.count - most) more" : "")
  }
}
