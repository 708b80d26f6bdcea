import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger

/// A random history, lived by the ledger in Redis and by the shared state as a value, side by side.
struct History {
  /// Where they differed.
  struct Difference: Error, CustomStringConvertible {
    var step: Int
    var description: String
  }

  private let pair: Pair
  private let scripts: ClockedScripts
  private var sites: [Site]
  /// Which site nodes find when they ask where to go.
  private var primary = 0
  private var other = Other.unused
  /// The players that have not heard of the fail-over yet.
  private var staying: Set<Int> = []
  /// The true clock of keys' ends, and how many seconds Redis' `TIME` is ahead.
  private var steadyMs = Self.startMs
  private var leap = 0
  private var players = Operation.players

  /// Far enough from 0 to go back.
  private static let startMs: Int64 = 1_000_000_000_000

  /// What the server that is not the primary does.
  private enum Other {
    case unused
    /// A replica that has everything.
    case following
    /// A replica that hears nothing any more.
    case behind
    /// It was the primary, and goes on as if it still were.
    case deposed
  }

  private init(_ pair: Pair, _ scripts: ClockedScripts) {
    self.pair = pair
    self.scripts = scripts
    sites = pair.clients.map { Site($0, agedMs: Self.startMs) }
    for place in sites.indices { sites[place].use(scripts[leap]) }
  }

  /// Nil: no difference.
  static func live(
    _ operations: [Operation], _ pair: Pair, _ scripts: ClockedScripts = .right
  ) async throws -> Difference? {
    var history = History(pair, scripts)
    try await pair.clear()
    for (step, operation) in operations.enumerated() {
      do {
        try await history.take(operation)
        // Answers tell of most differences; reading everything after each step would take most of the time.
        if step % 6 == 5 || step == operations.count - 1 { try await history.compare() }
      } catch let difference as Differs {
        return Difference(step: step, description: difference.text)
      }
    }
    return nil
  }

  /// The servers that take requests.
  private var serving: [Int] { other == .deposed ? [0, 1] : [primary] }

  private func compare() async throws {
    for place in serving { try await sites[place].compare() }
  }

  // MARK: Steps

  private mutating func take(_ operation: Operation) async throws {
    switch operation {
    case .ask(let node, let upstream, let question):
      let request = players[node].request(question, Operation.upstreams[upstream])
      let answer = try await ask(request, node)
      players[node].learn(answer, to: request)
    case .askAgain(let node, let back):
      guard let request = players[node].earlier(back) else { break }
      let answer = try await ask(request, node)
      // Nobody waits for the answer to what is long past.
      if back == 0 { players[node].learn(answer, to: request) }
    case .restart(let node):
      players[node].restart()
      staying.remove(node)
    case .age(let ms):
      steadyMs += ms
      for place in serving { try await sites[place].age(to: steadyMs) }
    case .setClock(let ahead):
      leap = ahead
      for place in sites.indices { sites[place].use(scripts[ahead]) }
    case .forgetScripts:
      for place in serving { _ = try await sites[place].client.send(RedisCommand("SCRIPT", "FLUSH")) }
    case .replicate: try await replicate()
    case .fallBehind: try await fallBehind()
    case .takeOver(let staying): try await takeOver(staying)
    case .touch(let touch): try await sites[primary].take(touch)
    }
  }

  private mutating func ask(_ request: LedgerRequest, _ node: Int) async throws -> LedgerAnswer {
    let place = other == .deposed && staying.contains(node) ? 1 - primary : primary
    let before = try await redisMs(place)
    guard let result = await sites[place].redis.perform([request]).first else { throw Differs("no answer") }
    let after = try await redisMs(place)
    let answer: LedgerAnswer
    do {
      answer = try result.get()
    } catch {
      throw Differs("\(request)\n  Redis fails: \(error)")
    }
    // The model's clock is Redis', as far as the answer tells it.
    let told = Self.time(of: answer, to: request).flatMap { (before...after).contains($0) ? $0 : nil }
    let expected = sites[place].model.perform(
      request, at: LedgerTime(wallMs: told ?? before, steadyMs: steadyMs))
    if answer != expected {
      throw Differs("\(request)\n  Redis answers: \(answer)\n  it should be:  \(expected)")
    }
    if case .acquire(let bid) = request, case .granted(let lease, _) = answer,
      lease.holder.term < min(bid.highestTerm, Lease.highestTerm)
    {
      throw Differs("\(request)\n  is granted a term that goes back: \(lease)")
    }
    return answer
  }

  private static func time(of answer: LedgerAnswer, to request: LedgerRequest) -> Int64? {
    switch (answer, request) {
    case (.granted(let lease, _), .acquire), (.handedOver(let lease), _): Int64(lease.holder.term) - 1
    case (.committed(_, let atMs), _): atMs
    case (.overridden(let override), _): override.atMs
    case (.members(let members, _), .heartbeat(let heartbeat)):
      members.first { $0.node == heartbeat.member.node }?.atMs
    default: nil
    }
  }

  private func redisMs(_ place: Int) async throws -> Int64 {
    let parts = try await sites[place].client.send(RedisCommand("TIME")).elements.map {
      Int64($0.number ?? 0)
    }
    return (parts[0] + Int64(leap)) * 1000 + parts[1] / 1000
  }

  // MARK: Replication

  /// Whoever was deposed is told so, and everybody comes to the primary.
  private mutating func replicate() async throws {
    if other != .following { try await pair.follow(primary) }
    other = .following
    staying = []
  }

  private mutating func fallBehind() async throws {
    try await replicate()
    try await pair.catchUp(with: primary)
    try await pair.cutOff(from: primary)
    sites[primary].forgetEnded()
    sites[1 - primary].model = sites[primary].model
    sites[1 - primary].agedMs = steadyMs
    other = .behind
  }

  private mutating func takeOver(_ staying: [Int]) async throws {
    switch other {
    case .deposed: return
    case .unused, .following: try await fallBehind()
    case .behind: break
    }
    primary = 1 - primary
    try await pair.promote(primary)
    // A replica's keys cannot be touched.
    try await sites[primary].age(to: steadyMs)
    other = .deposed
    self.staying = Set(staying)
  }
}
