import Simulation
import Testing

/// What is read is what was written.
@Suite struct FaultTextTests {
  static let all: [(Fault, String)] = [
    (.paused(node: 0), "pause a"),
    (.crashed(node: 1), "kill b"),
    (.stopped(node: 25), "stop z"),
    (.wallClockJumps(node: 2, byMs: 3_600_000), "clock c +1 h"),
    (.wallClockJumps(node: 2, byMs: -3000), "clock c -3 s"),
    (.wallClockJumps(node: 2, byMs: -1234), "clock c -1.234 s"),
    (.clockRate(node: 0, permille: 667), "rate a 0.667"),
    (.clockRate(node: 0, permille: 1500), "rate a 1.500"),
    (.localErrors(node: 3), "no-ports d"),
    (.joined, "join"),
    (.cutFromPeers(node: 0, peers: []), "cut a peers"),
    (.cutFromPeers(node: 0, peers: [3, 0]), "cut a peers 3 0"),
    (.cutFromRedis(node: 4), "cut e redis"),
    (.connectionBreaks(node: 0), "break a"),
    (.roughNetwork(upToMs: 1200, lossPermille: 50), "rough 1.200 s losing 50 in 1000"),
    (.roughNetwork(upToMs: 5, lossPermille: 0), "rough 5 ms losing 0 in 1000"),
    (.deaf(node: 1), "deaf b"),
    (.allDeaf, "deaf all"),
    (.denied(node: 2), "deny c"),
    (.forbidden(node: nil, .commit), "forbid all commit"),
    (.unanswered(permille: 50), "unanswered 50 in 1000"),
    (.redisDown, "redis down"),
    (.redisHangs, "redis hangs"),
    (.redisPauses(forMs: 1900, everyMs: 5900), "redis pauses 1.900 s every 5.900 s"),
    (.redisSlow(byMs: 50), "redis slow 50 ms"),
    (.redisEmptied, "redis emptied"),
    (.redisClockJumps(byMs: 366 * 24 * 3_600_000), "redis clock +8784 h"),
    (.redisClockJumps(byMs: -3_600_000), "redis clock -1 h"),
    (.redisClockRate(permille: 1500), "redis rate 1.500"),
    (.leaseEnds(), "lease ends"),
    (.leaseEnds(of: 1), "lease cart ends"),
    (.leaseIsEndless(), "lease endless"),
    (.leaseIsEndless(of: 2), "lease mail endless"),
    (.redisLoses(.head, of: 1), "redis loses cart head"),
    (.failOver(lostMs: 0, staying: []), "fail-over losing 0 s"),
    (.failOver(lostMs: 500, staying: [0, 2]), "fail-over losing 500 ms leaving a c"),
    (.refusing(peer: 0), "refuse 0"),
    (.silent(peer: 12), "silent 12"),
    (.slow(peer: 7, byMs: 800), "slow 7 800 ms"),
    (.flapping(peer: 7, periodMs: 2000), "flap 7 2 s"),
    (.allRefusing, "refuse all"),
    (.settings(node: 1, version: 2), "settings b 2"),
    (.settings(node: 1, version: nil), "settings b none"),
    (.settings(node: 0, version: 1, of: 1), "settings a cart 1"),
    (.settings(node: 0, version: nil, of: 2), "settings a mail none"),
    (.override(peer: 3, .up, of: 1), "override cart 3 up"),
  ]

  static let words: [(Fault, String)] =
    Fault.Loss.allCases.map { (.redisLoses($0), "redis loses \($0.rawValue)") }
    + Fault.Word.allCases.map { (.override(peer: 3, $0), "override 3 \($0.rawValue)") }
    + Fault.Right.allCases.map { (.forbidden(node: 1, $0), "forbid b \($0.rawValue)") }

  @Test(arguments: all + words) func aFaultIsReadAsItIsWritten(_ fault: Fault, _ text: String) {
    #expect(fault.text == text)
    #expect(Fault(text: text) == fault)
  }

  @Test func everyCaseIsInTheTable() {
    #expect(Set((Self.all + Self.words).map { Self.number(of: $0.0) }) == Set(0..<34))
  }

  @Test(arguments: [
    "", "pause", "pause a b", "pause 0", "pause aa", "clock a 1 h", "clock a +1", "rate a 20", "rate a 1.5.0",
    "rough 5 ms losing 5 in 100", "unanswered 5", "forbid a", "forbid a cake", "redis pauses 1 s", "redis",
    "redis dead", "redis clock +1 x", "lease", "fail-over 5 ms",
    "fail-over losing 5 ms without a", "refuse", "refuse -1", "slow 1", "flap 1 2", "override 1 on",
    "settings a", "settings a cart", "settings a pots 1", "override cart", "lease cart", "redis loses cart",
    "refuse 1 for 3 s",
  ]) func whatMeansNothingIsNoFault(_ text: String) {
    #expect(Fault(text: text) == nil)
  }

  /// A new case has to be named here, and then stands in no table until it is written there too.
  private static func number(of fault: Fault) -> Int {
    switch fault {
    case .paused: 0
    case .crashed: 1
    case .stopped: 2
    case .wallClockJumps: 3
    case .clockRate: 4
    case .localErrors: 5
    case .joined: 6
    case .cutFromPeers: 7
    case .cutFromRedis: 8
    case .connectionBreaks: 9
    case .roughNetwork: 10
    case .deaf: 11
    case .redisDown: 12
    case .redisHangs: 13
    case .redisSlow: 14
    case .redisEmptied: 15
    case .redisLoses: 16
    case .redisClockJumps: 17
    case .redisClockRate: 18
    case .leaseEnds: 19
    case .leaseIsEndless: 20
    case .failOver: 21
    case .refusing: 22
    case .silent: 23
    case .slow: 24
    case .flapping: 25
    case .allRefusing: 26
    case .settings: 27
    case .override: 28
    case .allDeaf: 29
    case .denied: 30
    case .redisPauses: 31
    case .unanswered: 32
    case .forbidden: 33
    }
  }
}
