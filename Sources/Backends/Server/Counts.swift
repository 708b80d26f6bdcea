/// What a backend has seen since it started.
package struct Counts: Hashable, Sendable {
  package var accepted = 0
  /// Requests that arrived as far as their blank line.
  package var requests = 0
  /// Connections on which at least a part of an answer was sent.
  package var answered = 0
  /// Connections that the other side closed in order: what it sent was read to an end.
  package var closed = 0
  /// Connections that the other side reset, or that failed otherwise.
  package var reset = 0
  /// Connections open now.
  package var open = 0

  package init() {}
}
