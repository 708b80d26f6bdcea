import Cluster
import Logging
import Probing

/// Writes what the machine says to the log, and bounds it where many peers turn at once.
struct MachineLog {
  private let logger: Logger
  private var throttle = LogThrottle()

  init(_ logger: Logger) { self.logger = logger }

  /// Whoever wants to see everything has each line.
  mutating func write(_ line: LogLine) {
    if logger.logLevel <= .debug || throttle.passes(line, at: SteadyClock.nowMs) { put(line) }
  }

  /// What was held back for long enough.
  ///
  /// - Parameter all: or not.
  mutating func writeDue(all: Bool = false) {
    for line in throttle.due(at: SteadyClock.nowMs, all: all) { put(line) }
  }

  private func put(_ line: LogLine) {
    let level: Logger.Level =
      switch line.level {
      case .error: .error
      case .warning: .warning
      case .notice: .notice
      }
    var metadata = Logger.Metadata()
    for field in line.fields { metadata[field.name] = .string(field.value) }
    logger.log(level: level, "\(line.text)", metadata: metadata)
  }
}
