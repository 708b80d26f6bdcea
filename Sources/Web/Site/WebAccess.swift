package import Addresses
import Synchronization

/// Who may read; replaced as a whole when the settings are read again.
package final class WebAccess: Sendable {
  private let allowed: Mutex<[Network]>

  /// - Parameter allow: the networks of readers; none lets nobody in but those on a Unix socket.
  package init(allow: [Network]) {
    allowed = Mutex(allow)
  }

  /// From the next request on, on open connections too.
  package func replace(allow: [Network]) {
    allowed.withLock { $0 = allow }
  }

  package func permits(_ reader: Reader) -> Bool {
    switch reader {
    case .local: true
    case .unknown: false
    case .address(let text): allowed.withLock { $0 }.contains { $0.contains(text: text) }
    }
  }
}
