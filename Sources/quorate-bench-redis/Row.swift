/// One line of the table.
struct Row: Sendable {
  let name: String
  /// Commands, fields or requests in one round.
  let units: Int
  /// What the spike of the design reached on this side, in microseconds; nil: it has no figure.
  var spike: Double?
  /// The same in redis-server, to compare with: its scripts did less (docs/redis.md says what).
  var serverSpike: Double?
  let own: @Sendable (Stage) async throws -> Void
  /// Nil: hiredis' blocking calls do not do this.
  var blocking: (@Sendable (BlockingLoad) throws -> Void)?

  static let all = commands + requests

  private static let commands = [
    Row(name: "PING, 1 caller", units: 1_000, serverSpike: 8) { try await $0.commands.pings(1_000) },
    Row(name: "GET, 1 caller", units: 1_000) {
      try await $0.commands.gets(callers: 1, each: 1_000)
    } blocking: {
      try $0.gets(1_000)
    },
    Row(name: "GET, 64 callers", units: 64 * 500, spike: 2.9) {
      try await $0.commands.gets(callers: 64, each: 500)
    },
    Row(name: "GET, pipelines of 100", units: 100 * 100, spike: 1.0) {
      try await $0.commands.pipelines(100, depth: 100)
    } blocking: {
      try $0.pipelines(100, depth: 100)
    },
    Row(name: "HSET of 1,000 fields, a field", units: 20 * 1_000, spike: 0.15) {
      try await $0.commands.writeHash(20)
    } blocking: {
      try $0.writeHash(20)
    },
    Row(name: "HGETALL of 1,000 fields, a field", units: 20 * 1_000, spike: 0.15) {
      try await $0.commands.readHash(20)
    } blocking: {
      try $0.readHash(20)
    },
  ]

  private static let requests = [
    Row(name: "renewal of a lease", units: 500, serverSpike: 10) { try await $0.ledger.renew(500) },
    Row(name: "renewals of 100 leases together, a lease", units: 100) { try await $0.ledger.renewTogether() },
    Row(name: "heartbeat, 3 members", units: 500, serverSpike: 19) {
      try await $0.ledger.heartbeat(500, members: 3)
    },
    Row(name: "heartbeat, 50 members", units: 100, serverSpike: 58) {
      try await $0.ledger.heartbeat(100, members: 50)
    },
    Row(name: "commit of 1 transition", units: 1, serverSpike: 14) { try await $0.ledger.commit(1) },
    Row(name: "commit of 100 transitions", units: 1) { try await $0.ledger.commit(100) },
    Row(name: "commit of 1,000 transitions", units: 1) { try await $0.ledger.commit(1_000) },
    Row(name: "standings of 100 upstreams, one of them", units: 100) { try await $0.ledger.headReadings() },
    Row(name: "snapshot of 1,000 peers", units: 1) { try await $0.ledger.snapshot() },
  ]

  private init(
    name: String, units: Int, spike: Double? = nil, serverSpike: Double? = nil,
    own: @escaping @Sendable (Stage) async throws -> Void,
    blocking: (@Sendable (BlockingLoad) throws -> Void)? = nil
  ) {
    self.name = name
    self.units = units
    self.spike = spike
    self.serverSpike = serverSpike
    self.own = own
    self.blocking = blocking
  }
}
