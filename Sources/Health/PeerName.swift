/// A peer as nginx names it: `127.0.0.1:80`, `[::1]:80` or `unix:/path`.
///
/// The name is the key of everything that is known of a peer; its position in a list never is.
package struct PeerName: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }
}

extension PeerName: Comparable, CustomStringConvertible {
  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
  package var description: String { text }
}

/// What a peer is for: backups serve while no primary does, as in nginx.
package enum Role: String, Hashable, Sendable {
  case primary
  case backup
}

/// Whether a peer should get requests. There is no third state: what is not known keeps the last decision.
package enum PeerState: String, Hashable, Sendable {
  case up
  case down

  package var opposite: PeerState { self == .up ? .down : .up }
}
