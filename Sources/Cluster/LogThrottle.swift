import Health

/// Bounds the log where many peers of an upstream turn at once: the first lines of a kind are written as they come, and of
/// more than `most` within a second only how many there were, once a second, until it is over. The stream has each of them.
package struct LogThrottle: Sendable {
  /// Lines of a kind that are written at once, within a second.
  static let named = 10
  /// Up to so many are written one by one, the later ones when the second is over.
  static let most = 50
  static let windowMs: Int64 = 1000

  private struct Key: Hashable, Sendable {
    var upstream: UpstreamName
    var crowd: LogLine.Crowd
  }

  /// What came of a kind since a moment.
  private struct Window: Sendable {
    var sinceMs: Int64
    var written = 0
    /// Those that may still be written one by one.
    var held: [LogLine] = []
    /// All that were not written.
    var count = 0
    var reasons: [String: Int] = [:]
    /// There were too many in the second before.
    var isCrowd = false

    mutating func hold(_ line: LogLine, _ reason: String?) {
      count += 1
      if let reason { reasons[reason, default: 0] += 1 }
      if !isCrowd, count <= LogThrottle.most - LogThrottle.named { held.append(line) }
    }

    func lines(_ key: Key) -> [LogLine] {
      if count == held.count { return held }
      return [.crowd(key.upstream, key.crowd, count: count, reasons: reasons)]
    }
  }

  private var windows: [Key: Window] = [:]
  /// In the order in which they began.
  private var order: [Key] = []

  package init() {}

  /// False: it is held back, and `due` tells of it.
  package mutating func passes(_ line: LogLine, at nowMs: Int64) -> Bool {
    guard let (upstream, crowd, reason) = line.crowd else { return true }
    let key = Key(upstream: upstream, crowd: crowd)
    if windows[key] == nil {
      windows[key] = Window(sinceMs: nowMs)
      order.append(key)
    }
    if windows[key]?.isCrowd == false, windows[key]?.written ?? 0 < Self.named {
      windows[key]?.written += 1
      return true
    }
    windows[key]?.hold(line, reason)
    return false
  }

  /// What is to be written of what was held back.
  ///
  /// - Parameter all: also what has not waited for long: there will be no other time.
  package mutating func due(at nowMs: Int64, all: Bool = false) -> [LogLine] {
    if windows.isEmpty { return [] }
    var lines: [LogLine] = []
    order.removeAll { key in
      guard let window = windows[key] else { return true }
      guard all || nowMs - window.sinceMs >= Self.windowMs else { return false }
      lines += window.count == 0 ? [] : window.lines(key)
      // While it goes on, no more of them are named.
      guard window.count > window.held.count else {
        windows[key] = nil
        return true
      }
      windows[key] = Window(sinceMs: nowMs, isCrowd: true)
      return false
    }
    return lines
  }
}
