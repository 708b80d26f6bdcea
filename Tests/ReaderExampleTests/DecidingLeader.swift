import Addresses
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer

/// A leader of `foo.com` that decides what a test wants decided, at a redis-server of its own or at one of a set.
actor DecidingLeader {
  static let namespace = "test"
  static var upstream: UpstreamName { LedgerContract.upstream }

  nonisolated let redis: RedisServer
  private let password: String?
  private var client: RedisClient
  private var contract: LedgerContract
  private var lease: Lease
  private var states: [PeerName: PeerState]
  private var seq: UInt64 = 0
  private var commits = 0
  private var panic = false
  private var drained: Set<PeerName> = []

  /// All peers are up.
  ///
  /// - Parameter password: of the server's default user; nil: it wants none.
  init(_ peers: [String], at server: RedisServer? = nil, password: String? = nil) async throws {
    if let server { redis = server } else { redis = try await RedisServer() }
    self.password = password
    client = Self.client(redis, password)
    contract = Self.contract(client, redis)
    lease = try await contract.lease("a")
    states = Dictionary(uniqueKeysWithValues: peers.map { (PeerName($0), .up) })
    try await commit([])
  }

  private static func client(_ server: RedisServer, _ password: String?) -> RedisClient {
    var settings = RedisSettings(.unix(path: server.socket))
    settings.password = password.map { .text($0) } ?? .none
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return RedisClient(settings)
  }

  private static func contract(_ client: RedisClient, _ server: RedisServer) -> LedgerContract {
    LedgerContract(store: RedisLedger(client, namespace: namespace) { _ in }, server: server)
  }

  /// From now on it decides there: all that it has written must be there already.
  func move(to server: RedisServer) {
    client = Self.client(server, password)
    contract = Self.contract(client, server)
  }

  /// Peer → up or down.
  var truth: [String: String] {
    Dictionary(uniqueKeysWithValues: states.map { ($0.key.description, $0.value.rawValue) })
  }

  /// Turns one peer, another one each time; returns that as readers tell it, "127.0.0.1:1 down".
  func turnPeer() async throws -> String {
    let (peer, state) = next
    try await decide(peer, state)
    return "\(peer) \(state.rawValue)"
  }

  /// The same so that no message tells of it, with something done after the status is written and before the head is.
  func turnPeerUnheard(_ between: @Sendable () async throws -> Void) async throws -> String {
    let (peer, state) = next
    states[PeerName(peer)] = state
    seq += 1
    let key = "quorate:{\(Self.namespace):\(Self.upstream)}:"
    try await send("HSET", key + "status", peer, state.rawValue)
    try await between()
    try await send("HSET", key + "head", "seq", String(seq), "commit", "unheard.\(seq)")
    return "\(peer) \(state.rawValue)"
  }

  private var next: (peer: String, state: PeerState) {
    let peers = states.keys.sorted()
    let peer = peers[Int(seq) % peers.count]
    return (peer.text, (states[peer] ?? .up).opposite)
  }

  func decide(_ peer: String, _ state: PeerState) async throws {
    let peer = PeerName(peer)
    states[peer] = state
    let transition = Transition(
      peer: peer, role: .primary, from: state.opposite, to: state, reason: state == .up ? "OK" : "L4CON",
      detail: "a \"test\" says so", votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority))
    try await commit([.transition(transition)])
  }

  /// The upstream is in panic from now on, or not any more.
  func panic(_ isOn: Bool) async throws {
    panic = isOn
    let up = states.values.count { $0 == .up }
    try await commit([.panic(isOn, UpCount(up: up, total: states.count))])
  }

  /// An operator takes the peer out.
  func drain(_ peer: String) async throws {
    states[PeerName(peer)] = .down
    drained.insert(PeerName(peer))
    try await commit([.override(PeerName(peer), .drain, by: "anna", why: "new disk", rev: 1)])
  }

  /// Any command, as by a hand.
  func send(_ name: String, _ words: String...) async throws {
    _ = try await client.send(RedisCommand(name, arguments: words))
  }

  /// The peer is gone from the upstream, and no message tells of it.
  func forgetUnheard(_ peer: String) async throws {
    states[PeerName(peer)] = nil
    seq += 1
    let key = "quorate:{\(Self.namespace):\(Self.upstream)}:"
    for command in [
      RedisCommand("MULTI"), RedisCommand("HDEL", key + "status", peer),
      RedisCommand("HDEL", key + "evidence", peer),
      RedisCommand(
        "HSET", key + "head", "seq", String(seq), "commit", "unheard.\(seq)", "peers", String(states.count)),
      RedisCommand("EXEC"),
    ] { _ = try await client.send(command) }
  }

  /// A user with the password `s3cret`.
  func setUser(_ name: String, _ rights: [String]) async throws {
    _ = try await client.send(
      RedisCommand("ACL", arguments: ["SETUSER", name, "reset", "on", ">s3cret"] + rights))
  }

  /// Subscribes, as a node does; until the iterator goes.
  func listen(to channel: String) async -> RedisSubscription.Iterator {
    var events = client.subscribe(to: [channel]).makeAsyncIterator()
    _ = await events.next()
    return events
  }

  /// The same as of `foo.com` was decided of another upstream, too.
  func copyHead(to upstream: String) async throws {
    for what in ["head", "status", "lease"] {
      try await send(
        "COPY", "quorate:{\(Self.namespace):\(Self.upstream)}:\(what)",
        "quorate:{\(Self.namespace):\(upstream)}:\(what)")
    }
  }

  /// Decides it so that no message tells of it, as if the message had been lost on its way.
  func decideUnheard(_ peer: String, _ state: PeerState) async throws {
    states[PeerName(peer)] = state
    seq += 1
    let key = "quorate:{\(Self.namespace):\(Self.upstream)}:"
    for command in [
      RedisCommand("MULTI"), RedisCommand("HSET", key + "status", peer, state.rawValue),
      RedisCommand("HSET", key + "head", "seq", String(seq), "commit", "unheard.\(seq)"),
      RedisCommand("EXEC"),
    ] { _ = try await client.send(command) }
  }

  /// Redis has lost everything: writes it again, with a peer that has changed meanwhile.
  func resync(_ peer: String, _ state: PeerState) async throws {
    states[PeerName(peer)] = state
    lease = try await contract.lease("a", highest: lease.holder.term)
    try await commit([.resync], isLost: true)
  }

  /// Another run gets the term of the one before, as it may where Redis has lost terms and its clock has gone back. What
  /// it decided of the peers `before` no event tells; the next one, with the next number, is about `peer`.
  func decideAsAnotherRun(
    _ peer: String, _ state: PeerState, before: [String: PeerState]
  ) async throws {
    try await leadAsAnotherRun()
    for (peer, state) in before { states[PeerName(peer)] = state }
    try await decide(peer, state)
  }

  /// The same, and nothing is heard: the head names another run, with the term and the number of before.
  func decideAsAnotherRunUnheard(_ peer: String, _ state: PeerState) async throws {
    try await leadAsAnotherRun()
    try await decideUnheard(peer, state)
    seq -= 1
    try await send(
      "HSET", "quorate:{\(Self.namespace):\(Self.upstream)}:head", "run", lease.holder.run, "seq", String(seq)
    )
  }

  private func leadAsAnotherRun() async throws {
    let holder = LeaseHolder(
      term: lease.holder.term, node: lease.holder.node, run: lease.holder.run + "x")
    lease = Lease(holder: holder, beat: 1)
    try await send(
      "SET", "quorate:{\(Self.namespace):\(Self.upstream)}:lease", lease.text, "PX",
      String(LedgerContract.leaseMs))
  }

  /// Cuts off all subscribers; returns how many there were.
  @discardableResult
  func cutSubscribers() async throws -> Int {
    try await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub")).integer.map { Int($0) } ?? 0
  }

  private func commit(_ changes: [LedgerEvent.Change], isLost: Bool = false) async throws {
    commits += 1
    var commit = contract.commit(
      lease, counter: commits, seq: isLost ? 0 : seq, changes: changes,
      records: states.map { peer, state in
        PeerRecord(
          peer: peer, role: .primary, status: state, decided: state, evidence: .confirmed,
          override: drained.contains(peer)
            ? Override(state: .drain, by: "anna", why: "new disk", atMs: 1, rev: 1) : nil)
      })
    commit.floorSeq = seq
    commit.panic = panic
    guard case .committed(let last, _) = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("it was not committed")
    }
    seq = last
  }
}
