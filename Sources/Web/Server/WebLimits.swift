/// What one reader may cost. Past a limit the connection gets the answer named here and is closed.
package struct WebLimits: Hashable, Sendable {
  /// Bytes of request line and headers, without their separators: 431.
  package var headerBytes = 8 * 1024
  /// Header lines in a request: 431.
  package var headerCount = 100
  /// From the connection, or from the first byte of a later request, to the end of its headers: 408.
  package var headerTime = Duration.seconds(5)
  /// Bytes of a request's body, which nobody reads: closed once the answer is taken.
  package var bodyBytes = 16 * 1024
  /// From the end of the headers to the end of the body: likewise.
  package var bodyTime = Duration.seconds(5)
  /// From the end of a request until the reader has taken the whole answer, or for each part of an event stream:
  /// closed.
  package var answerTime = Duration.seconds(60)
  /// Between an answer and the next request: closed.
  package var idleTime = Duration.seconds(60)
  /// Connections at once. Past it the one that has been idle for longest is closed; where none is idle, some more are
  /// served `/livez`, `/readyz` and `/metrics` and the others get 503, and past twice as many nothing.
  package var connections = 256
  /// After an answer that ends a connection, how long the reader may take to hang up.
  package var lingerTime = Duration.seconds(1)
  /// How long answers may still take when the server is told to stop; then their connections are closed.
  package var shutdownTime = Duration.milliseconds(500)

  package init() {}
}
