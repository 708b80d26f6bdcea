import ArgumentParser
import Console
import FoundationEssentials
import Ledger
import Logging

/// How log lines look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, json
}

/// The least severe lines that are written.
enum LogLevel: String, ExpressibleByArgument, CaseIterable, Sendable {
  case debug, info, notice, warning, error

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

/// Writes each log line to standard error: for people, or as one JSON object a line.
struct LogLines: LogHandler {
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()
  let format: LogFormat

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }
    let at = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    switch format {
    case .text: StandardError.write(text(at, event.level, "\(event.message)", fields))
    case .json: StandardError.write(json(at, event.level, "\(event.message)", fields))
    }
  }

  private func text(_ at: String, _ level: Logger.Level, _ message: String, _ fields: Logger.Metadata)
    -> String
  {
    var line = "\(at) \(level.rawValue) \(message)"
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) { line += " \(name)=\(value)" }
    // What a peer sent must not begin a line of its own.
    return String(line.map { $0.isNewline ? " " : $0 })
  }

  private func json(_ at: String, _ level: Logger.Level, _ message: String, _ fields: Logger.Metadata)
    -> String
  {
    var object = fields.mapValues { "\($0)" }
    object["at"] = at
    object["level"] = level.rawValue
    object["message"] = message
    return JsonText.encode(object)
  }
}
