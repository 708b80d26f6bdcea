/// Where a setting was written. All origins are equal, so that two settings which say the same are the same wherever
/// they stand: a reload sees no change when a line moves, and what was written out and read again equals what was
/// there before.
package struct Origin: Sendable {
  package let location: SourceLocation

  package init(_ location: SourceLocation) {
    self.location = location
  }
}

extension Origin: Hashable {
  package static func == (left: Self, right: Self) -> Bool { true }
  package func hash(into hasher: inout Hasher) {}
}
