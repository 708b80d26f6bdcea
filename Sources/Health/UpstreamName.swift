/// The name of a group of peers, as in nginx's `upstream NAME { … }`.
///
/// 1 to 64 of the characters `A-Z a-z 0-9 _ . - :`, for the name becomes part of keys. nginx has others too, such as the
/// path of a socket: an upstream of that name can be shown and not be checked.
package struct UpstreamName: Hashable, Sendable {
  package let text: String

  /// Nil when `text` is empty, too long, or holds a character outside the set.
  package init?(_ text: String) {
    guard NameRule.upstream.allows(text) else { return nil }
    self.text = text
  }

  /// The name of an upstream that is only shown; it never becomes part of a key.
  ///
  /// Nil when `text` is empty, longer than `NameRule.longestShown`, or holds a character that nobody sees.
  package init?(shown text: String) {
    guard (1...NameRule.longestShown).contains(text.utf8.count), HiddenCharacter.first(in: text) == nil,
      !text.unicodeScalars.contains("\u{FFFD}")
    else { return nil }
    self.text = text
  }

  /// Whether the upstream may have a checker.
  package var mayBeChecked: Bool { NameRule.upstream.allows(text) }
}

extension UpstreamName: Comparable, CustomStringConvertible {
  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
  package var description: String { text }
}

/// Which characters a name may have, and how many of them.
package struct NameRule: Sendable {
  /// A namespace or a node: 1 to 64 of `A-Z a-z 0-9 _ . -`.
  package static let plain = NameRule(alsoColon: false)
  /// An upstream: the same and `:`.
  package static let upstream = NameRule(alsoColon: true)
  /// How long a name may be, in bytes.
  package static let longest = 64
  /// How long the name of an upstream may be that is only shown, in bytes.
  package static let longestShown = 512

  private let alsoColon: Bool

  package func allows(_ text: String) -> Bool {
    let bytes = text.utf8
    return !bytes.isEmpty && bytes.count <= Self.longest && bytes.allSatisfy(allows)
  }

  private func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
      true
    case UInt8(ascii: ":"): alsoColon
    default: false
    }
  }
}
