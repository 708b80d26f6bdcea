import Health
import Ledger
import LedgerTestKit

/// One step of a random history. It says what is done, not with which numbers: those come from what the nodes know
/// when it is done, so that a history still makes sense when steps are taken out of it.
enum Operation: Hashable, Sendable {
  case ask(node: Int, upstream: Int, Question)
  /// The answer to the node's last question was lost: it asks again. With `back`: an earlier one comes late, or twice.
  case askAgain(node: Int, back: Int)
  /// A new run of the node, which knows nothing.
  case restart(node: Int)
  /// So much time passes for everything that expires; negative: the clock of keys' ends goes back.
  case age(ms: Int64)
  /// Redis' `TIME` is so many seconds ahead from now on.
  case setClock(ahead: Int)
  case forgetScripts
  /// The other server becomes a replica, and forgets what it held.
  case replicate
  /// The replica has everything, and hears nothing more.
  case fallBehind
  /// The replica becomes the primary, with what it has. The old one goes on too, and these players stay with it.
  case takeOver(staying: [Int])
  /// Something happens to what the primary holds.
  case touch(Touch)

  enum Touch: Hashable, Sendable {
    case empty
    case lose(LedgerKey)
    /// A strange hand puts something of another type in the key's place.
    case spoil(LedgerKey)
    /// A strange hand writes something that is no lease.
    case scribbleLease(upstream: Int)
    /// A strange hand takes the end of a lease away.
    case persistLease(upstream: Int)
    /// What a replica would know of one upstream, if it fell behind now.
    case save(upstream: Int)
    /// That replica takes over for this upstream alone, as shards do: terms and numbers go back.
    case restore(upstream: Int)
  }

  enum Question: Hashable, Sendable {
    case bid(forMs: Int, Floor, replacingWhatWasSeen: Bool)
    case renew(forMs: Int)
    case release
    case handOver(forMs: Int)
    case delete
    case commit(Content)
    case report(isWhole: Bool, skipping: UInt64, peers: Int, removes: Bool, forMs: Int)
    case override(peer: Int, Override.State, rev: UInt64?)
    case heartbeat(isLeaving: Bool, replacesWhatWasSeen: Bool, drops: Bool)
    case describe(forMs: Int)
    /// What it knows of others, as if the ledger had lost it.
    case remember
    /// Another node, as it last saw it.
    case forget
  }

  /// The highest term that a bidder tells.
  enum Floor: Hashable, Sendable {
    case none, seen, high
  }

  struct Content: Hashable, Sendable {
    var transitions = 0
    var isResync = false
    /// How far above the known number events are to go on.
    var floor: UInt64 = 0
    var records: [Int] = []
    var keepsTime = false
    var removed: Int?
    var hasDefinition = false
    var override: Int?
    /// Whether the sequence number is another than the node knows.
    var isOutOfStep = false
    /// Whether it builds on another commit than the node knows.
    var isOfAnotherCommit = false
    /// The highest revision of lifted words that the node tells.
    var lifted: UInt64 = 0
  }
}

extension Operation {
  static let upstreams = ["foo.com", "b:a-r"].map { UpstreamName($0).unsafelyKnown }
  static let nodes = ["a", "b"]
  /// The last one was started with the id of the first.
  static let players = [
    Player(node: "a", prefix: "a"), Player(node: "b", prefix: "b"), Player(node: "a", prefix: "twin"),
  ]
  static let peers = (1...3).map { PeerName("127.0.0.1:\($0)") } + [PeerName("unix:/tmp/\"é {\"at_ms\":0")]
  /// Far apart from each other and from sums of `ages`, so that the time a test takes changes nothing.
  static let durations = [1_000_000, 2_000_000, 3_000_000]
  static let ages: [Int64] = [300_000, 300_000, 1_500_000, 1_500_000, 3_600_000, -600_000, -3_600_000]
  /// Longer than a test takes.
  static let slackMs: Int64 = 90_000

  static func random(using chance: inout Chance) -> Operation {
    let node = chance.below(players.count)
    let upstream = chance.below(10) == 0 ? 1 : 0
    switch chance.below(100) {
    case ..<67: return .ask(node: node, upstream: upstream, Question.random(using: &chance))
    case ..<77: return .askAgain(node: node, back: chance.below(3) == 0 ? 0 : chance.below(Player.remembered))
    case ..<80: return .restart(node: node)
    case ..<83: return .age(ms: chance.pick(ages))
    case ..<84: return .setClock(ahead: chance.pick(ClockedScripts.leaps))
    case ..<85: return .forgetScripts
    case ..<86: return .replicate
    case ..<87: return .fallBehind
    case ..<89: return .takeOver(staying: players.indices.filter { _ in chance.below(2) == 0 })
    default: return .touch(.random(upstream, using: &chance))
    }
  }
}

extension Operation.Touch {
  static func random(_ upstream: Int, using chance: inout Chance) -> Self {
    switch chance.below(22) {
    case ..<7: .lose(key(upstream, using: &chance))
    case ..<13: .spoil(key(upstream, using: &chance))
    case ..<15: .scribbleLease(upstream: upstream)
    case ..<16: .persistLease(upstream: upstream)
    case ..<17: .empty
    case ..<19: .save(upstream: upstream)
    default: .restore(upstream: upstream)
    }
  }

  private static func key(_ upstream: Int, using chance: inout Chance) -> LedgerKey {
    switch chance.below(12) {
    case 0: .members
    case 1: .index
    case 2: .nodeInfo(node: chance.pick(Operation.nodes))
    case 3: .reports(Operation.upstreams[upstream], node: chance.pick(Operation.nodes))
    case 4: .missing
    default: .of(Operation.upstreams[upstream], chance.pick(LedgerKey.Part.allCases))
    }
  }
}

extension Site {
  mutating func take(_ touch: Operation.Touch) async throws {
    switch touch {
    case .empty: try await empty()
    case .lose(let key): try await lose(key)
    case .spoil(let key): try await spoil(key)
    case .scribbleLease(let upstream): try await scribbleLease(Operation.upstreams[upstream])
    case .persistLease(let upstream): try await persistLease(Operation.upstreams[upstream])
    case .save(let upstream): try await save(upstream)
    case .restore(let upstream): try await restore(upstream)
    }
  }
}

extension Operation.Question {
  static func random(using chance: inout Chance) -> Self {
    let forMs = chance.pick(Operation.durations)
    switch chance.below(100) {
    case ..<18:
      // A high one is above all times: few, or the terms of all histories would be that high.
      let floor: Operation.Floor = chance.below(12) == 0 ? .high : chance.below(2) == 0 ? .seen : .none
      return .bid(forMs: forMs, floor, replacingWhatWasSeen: chance.below(3) == 0)
    case ..<26: return .renew(forMs: forMs)
    case ..<30: return .release
    case ..<35: return .handOver(forMs: forMs)
    case ..<37: return .delete
    case ..<62: return .commit(.random(using: &chance))
    case ..<72:
      return .report(
        isWhole: chance.below(3) == 0, skipping: chance.below(6) == 0 ? 1 : 0, peers: chance.below(4),
        removes: chance.below(4) == 0, forMs: forMs)
    case ..<79:
      let rev = chance.below(2) == 0 ? UInt64(chance.below(4)) : nil
      return .override(
        peer: chance.below(Operation.peers.count), chance.pick(Override.State.allCases), rev: rev)
    case ..<94:
      return .heartbeat(
        isLeaving: chance.below(8) == 0, replacesWhatWasSeen: chance.below(2) == 0,
        drops: chance.below(4) == 0)
    case ..<96: return .describe(forMs: forMs)
    case ..<98: return .remember
    default: return .forget
    }
  }
}

extension Operation.Content {
  static func random(using chance: inout Chance) -> Self {
    var content = Self()
    content.transitions = chance.below(4)
    content.isResync = chance.below(4) == 0
    if content.isResync, chance.below(2) == 0 { content.floor = UInt64(chance.below(50)) }
    content.records = (0..<chance.below(4)).map { _ in chance.below(Operation.peers.count) }
    content.keepsTime = chance.below(3) == 0
    if chance.below(4) == 0 { content.removed = chance.below(Operation.peers.count) }
    content.hasDefinition = chance.below(4) == 0
    if chance.below(4) == 0 { content.override = chance.below(Operation.peers.count) }
    content.isOutOfStep = chance.below(12) == 0
    content.isOfAnotherCommit = chance.below(12) == 0
    if chance.below(6) == 0 { content.lifted = chance.pick([3, 50_000_000_000_000, .max]) }
    return content
  }
}

/// Chance from a seed: splitmix64.
struct Chance: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
