import Cluster
import Health
import Ledger

/// What happened, in lines that a person can follow: when, where, what. Peers have the numbers that the schedule uses,
/// and what happens to several in the same millisecond is one line. docs/simulation.md tells how to read it.
package final class Transcript {
  package private(set) var lines: [String] = []
  /// Each probe, too.
  let withProbes: Bool
  /// What the plan calls things; told by the world.
  var names = Names()
  /// Runs that were told that their name is taken: they ask again and again.
  var toldOfName: Set<String> = []
  /// The last line, where another may join it.
  private var last: (ms: Int64, who: String, phrase: Phrase)?

  /// What upstreams, peers and settings are called in the plan.
  struct Names {
    /// Those that need a name: none where there is only one.
    var upstreams: [UpstreamName] = []
    var peers: [PeerName: Int] = [:]
    /// The number of each version by its digest.
    var settings: [String: Int] = [:]

    init() {}

    init(_ setup: Setup, peers: [PeerName: Int]) {
      if setup.upstreams.count > 1 { upstreams = Array(Setup.upstreamNames.prefix(setup.upstreams.count)) }
      self.peers = peers
      let versions = setup.upstreams.flatMap { $0.versions.enumerated().map { ($1.digest, $0) } }
      settings = Dictionary(versions, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Until then nothing is told.
  let fromUs: Int64
  private(set) var isOpen: Bool

  /// - Parameter fromMs: what was before is told in one line.
  package init(withProbes: Bool = false, fromMs: Int64 = 0) {
    self.withProbes = withProbes
    fromUs = fromMs * 1000
    isOpen = fromMs == 0
  }

  /// Tells how it stands before anything is told.
  func open(_ nodes: [SimulatedNode]) {
    isOpen = true
    tellState("so far", nodes, at: fromUs)
  }

  /// A sentence that is true of several things at once: `sees`, peers, `down after 3 failures`.
  struct Phrase {
    var before = ""
    /// What the numbers are of; empty: of nodes, whose letters need no word.
    var kind = ""
    var things: [String]
    /// The upstream whose they are; empty: there is one, or they are of none.
    var upstream = ""
    var after = ""

    func joins(_ other: Phrase) -> Bool {
      (before, kind, upstream, after) == (other.before, other.kind, other.upstream, other.after)
    }

    var text: String {
      let noun = kind.isEmpty ? [] : [things.count == 1 || kind.hasSuffix("s") ? kind : kind + "s"]
      let parts = [before] + noun + [things.joined(separator: ", "), upstream, after]
      return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  func add(_ who: String, _ what: String, at us: Int64) {
    last = nil
    append(who, what, us)
  }

  func add(_ who: String, _ phrase: Phrase, at us: Int64) {
    if let last, last.ms == us / 1000, last.who == who, last.phrase.joins(phrase) {
      var joined = phrase
      joined.things = last.phrase.things + phrase.things
      if !phrase.kind.isEmpty { joined.things.sort { (Int($0) ?? 0) < (Int($1) ?? 0) } }
      self.last?.phrase = joined
      if isOpen { lines.removeLast() }
      return append(who, joined.text, us)
    }
    last = (us / 1000, who, phrase)
    append(who, phrase.text, us)
  }

  private func append(_ who: String, _ what: String, _ us: Int64) {
    guard isOpen else { return }
    lines.append(
      "\(Self.padded(TimeText.thousandths(us / 1000), 8, left: true))  \(Self.padded(who, 6))  \(what)")
  }

  // MARK: What things are called

  func name(of peer: PeerName) -> String { names.peers[peer].map { "\($0)" } ?? "\(peer)" }

  /// `cart`; empty where there is only one upstream.
  func name(of upstream: UpstreamName) -> String { names.upstreams.isEmpty ? "" : upstream.text }

  /// `of cart`, to stand behind what belongs to it.
  func of(_ upstream: UpstreamName) -> String { names.upstreams.isEmpty ? "" : "of \(upstream)" }

  /// ` cart`, to stand behind a verb.
  func object(_ upstream: UpstreamName) -> String { names.upstreams.isEmpty ? "" : " \(upstream)" }

  func name(ofSettings digest: String) -> String { names.settings[digest].map { "\($0)" } ?? digest }

  /// Terms are moments by Redis' clock, in ms; here they count from the beginning of the run.
  static func term(_ term: UInt64) -> String { "term \(Int64(clamping: term) - SimulatedRedis.startWallMs)" }

  private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(width - text.count, 0))
    return left ? spaces + text : text + spaces
  }
}

// MARK: What goes wrong, and what is true

extension Transcript {
  func began(_ planned: PlannedFault, at us: Int64) {
    let length = planned.forMs > 0 ? ", for \(TimeText.write(ms: planned.forMs))" : ""
    add(Self.column(planned.fault), "\(planned.fault.text)\(length)", at: us)
  }

  func ended(_ planned: PlannedFault, at us: Int64) {
    add(Self.column(planned.fault), "over: \(planned.fault.text)", at: us)
  }

  private static func column(_ fault: Fault) -> String { fault.isOfPeople ? "people" : "fault" }

  /// - Parameter isForAll: probes of all time-outs find the same.
  func turned(_ peer: Int, _ truth: Truth, isForAll: Bool, at us: Int64) {
    let whom = isForAll ? "" : " for probes of \(TimeText.write(ms: truth.timeoutMs))"
    let what = truth.isGood ? "good" : "bad"
    add("truth", Phrase(kind: "peer", things: ["\(peer)"], after: "\(what)\(whom) from now on"), at: us)
  }

  /// - Parameter peers: by number.
  func probes(_ peers: [Int], of upstream: UpstreamName, _ node: SimulatedNode, at us: Int64) {
    let phrase =
      peers.isEmpty
      ? Phrase(before: "probes", things: ["nothing"], upstream: of(upstream))
      : Phrase(before: "probes", kind: "peer", things: peers.map { "\($0)" }, upstream: of(upstream))
    add(node.name, phrase.text, at: us)
  }

  func probed(
    _ peer: PeerName, of upstream: UpstreamName, _ verdict: Outcome.Verdict, _ node: SimulatedNode,
    at us: Int64
  ) {
    guard withProbes else { return }
    let what = Phrase(before: "probed", kind: "peer", things: [name(of: peer)], upstream: of(upstream)).text
    add(node.name, "\(what): \(Outcome(verdict).code)", at: us)
  }
}
