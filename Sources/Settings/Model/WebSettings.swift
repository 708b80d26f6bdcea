/// How many readers there may be over HTTP at once.
package struct WebSettings: Hashable, Sendable {
  /// Connections: 16 to 10,000. Each may cost some 20 KiB, and more while a large page is on its way.
  package var connections: Int
  /// Streams of `/events`: 1 to `connections`. Each holds a connection for as long as its reader stays.
  package var eventStreams: Int

  /// - Parameters:
  ///   - connections: nil: 256.
  ///   - eventStreams: nil: half of the connections.
  package init(connections: Int? = nil, eventStreams: Int? = nil) {
    self.connections = connections ?? 256
    self.eventStreams = eventStreams ?? self.connections / 2
  }

  static let connectionRange = 16...10_000
  static let eventStreamRange = 1...10_000
}

/// What a YAML file says of it.
struct WebDraft {
  var connections: Int?
  var eventStreams: Int?
  /// Where `max_event_streams` stands.
  var eventStreamsLocation: SourceLocation?

  func settings(_ diagnostics: Diagnostics) -> WebSettings {
    let settings = WebSettings(connections: connections, eventStreams: eventStreams)
    if let location = eventStreamsLocation, settings.eventStreams > settings.connections {
      diagnostics.problem(
        location,
        "max_event_streams \(settings.eventStreams) is more than max_connections \(settings.connections)",
        remedy: "give at most \(settings.connections), or raise max_connections")
    }
    return settings
  }
}
