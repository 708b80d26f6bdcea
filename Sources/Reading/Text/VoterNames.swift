/// Short names of nodes for the page's many small marks: without the beginning and the end that all of them share, as
/// host names do.
package struct VoterNames: Sendable {
  /// Names up to this long are left as they are.
  package static let longest = 4

  private let start: Substring
  private let end: Substring

  package init(_ names: [String]) {
    guard names.count > 1, names.contains(where: { $0.utf8.count > Self.longest }) else {
      (start, end) = ("", "")
      return
    }
    // Names of nodes are ASCII: a byte is a character.
    let bytes = names.map { Array($0.utf8) }
    let first = Self.shared(bytes)
    start = names[0].prefix(first)
    end = names[0].suffix(Self.shared(bytes.map { $0.dropFirst(first).reversed() }))
  }

  /// The full name stands beside it wherever a short one does, in a title.
  package func short(_ name: String) -> Substring {
    guard name.hasPrefix(start), name.hasSuffix(end), name.count > start.count + end.count else {
      return name[...]
    }
    return name.dropFirst(start.count).dropLast(end.count)
  }

  /// How long the beginning is that all share, up to a `-`, `.` or `_`, with that; it leaves something of each.
  private static func shared(_ names: [[UInt8]]) -> Int {
    guard let first = names.first, let shortest = names.map(\.count).min() else { return 0 }
    var shared = 0
    for index in 0..<max(shortest - 1, 0) {
      guard names.allSatisfy({ $0[index] == first[index] }) else { break }
      if [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains(first[index]) {
        shared = index + 1
      }
    }
    return shared
  }
}
