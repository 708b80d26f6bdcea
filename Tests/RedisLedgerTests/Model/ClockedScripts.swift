import Foundation
import Redis
import RedisLedger
import Testing

/// The scripts as they run on a server whose clock is wrong: that of a real one cannot be set, but the scripts tell the
/// time by one line alone.
struct ClockedScripts: Sendable {
  /// How many seconds Redis' clock may be ahead: none, an hour, a year, either way.
  static let leaps = [0, 3_600, -3_600, 31_536_000, -31_536_000]

  /// Without any mistake.
  static let right = ClockedScripts(LedgerScripts())

  private var byLeap: [Int: LedgerScripts]

  private static let all: [any WritableKeyPath<LedgerScripts, RedisScript> & Sendable] = [
    \.acquire, \.renew, \.release, \.handOver, \.commit, \.delete, \.report, \.override, \.heartbeat,
    \.describe, \.remember, \.forget,
    \.snapshot, \.head, \.index,
  ]

  private init(_ scripts: LedgerScripts) {
    byLeap = [:]
    for leap in Self.leaps {
      var clocked = scripts
      for script in Self.all { clocked[keyPath: script] = Self.clocked(scripts[keyPath: script].text, leap) }
      byLeap[leap] = clocked
    }
  }

  private static func clocked(_ text: String, _ leap: Int) -> RedisScript {
    if leap == 0 { return RedisScript(text) }
    let line = "local time = redis.call('TIME')\n"
    precondition(text.contains(line), "the scripts tell the time by another line")
    return RedisScript(
      text.replacingOccurrences(of: line, with: line + "time[1] = digits(time[1] + \(leap))\n"))
  }

  subscript(leap: Int) -> LedgerScripts { byLeap[leap] ?? LedgerScripts() }

  /// One of the scripts with another text.
  func changing(
    _ script: any WritableKeyPath<LedgerScripts, RedisScript> & Sendable, _ from: String, _ to: String
  ) throws -> ClockedScripts {
    let text = self[0][keyPath: script].text
    try #require(text.contains(from), "the script does not have: \(from)")
    let changed = text.replacingOccurrences(of: from, with: to)
    var scripts = self
    for leap in Self.leaps { scripts.byLeap[leap]?[keyPath: script] = Self.clocked(changed, leap) }
    return scripts
  }
}
