/// What status codes of HTTP mean to a probe.
package enum StatusCode {
  /// Whether another answer follows the one with this code (RFC 9110, 15.2). 101 is the last in HTTP: what comes after it
  /// is another protocol.
  package static func isInterim(_ code: UInt16) -> Bool { (100...199).contains(code) && code != 101 }
}
