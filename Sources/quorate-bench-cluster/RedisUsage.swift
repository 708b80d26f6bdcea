import BenchTools
import Redis

/// What redis-server has done so far.
struct RedisUsage: Sendable {
  var cpuSeconds: Double
  /// EVALSHA: what the nodes ask, but for a few readings.
  var scripts = 0.0
  /// All commands, those that scripts run among them.
  var commands = 0.0
  var bytesIn = 0.0
  var bytesOut = 0.0

  init(_ client: RedisClient, process: Int32?) async throws {
    guard let cpu = process.flatMap(Machine.cpuSeconds) else {
      throw BenchError(text: "redis-server has ended")
    }
    cpuSeconds = cpu
    let reply = try await client.send(RedisCommand("INFO", "commandstats", "stats"))
    for line in (reply.string ?? "").split(whereSeparator: \.isNewline) { parse(line) }
  }

  private mutating func parse(_ line: Substring) {
    guard let colon = line.firstIndex(of: ":") else { return }
    let (name, value) = (line[..<colon], line[line.index(after: colon)...])
    switch name {
    case "total_net_input_bytes": bytesIn = Double(value) ?? 0
    case "total_net_output_bytes": bytesOut = Double(value) ?? 0
    case _ where name.hasPrefix("cmdstat_"):
      // calls=12,usec=34,…
      let calls = Double(value.dropFirst("calls=".count).prefix { $0.isNumber }) ?? 0
      commands += calls
      if name == "cmdstat_evalsha" { scripts += calls }
    default: break
    }
  }

  static func - (now: RedisUsage, before: RedisUsage) -> RedisUsage {
    var difference = now
    difference.cpuSeconds -= before.cpuSeconds
    difference.scripts -= before.scripts
    difference.commands -= before.commands
    difference.bytesIn -= before.bytesIn
    difference.bytesOut -= before.bytesOut
    return difference
  }
}
