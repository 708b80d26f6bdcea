import Health

/// How many peers of an upstream are up, of those that could be: not the ones that the settings or an operator keep from
/// being used.
package struct UpCount: Hashable, Sendable {
  package var up: Int
  /// 0 to the number of peers.
  package var total: Int

  package init(up: Int, total: Int) {
    self.up = up
    self.total = total
  }

  package init(_ records: some Sequence<PeerRecord>) {
    self.init(up: 0, total: 0)
    for record in records where !record.isKeptOut {
      total += 1
      if record.status == .up { up += 1 }
    }
  }

  /// Fewer are up than the settings want. Where none could be, nobody is missed.
  ///
  /// - Parameter percent: 1 to 100; nil: however few do.
  package func isPanic(below percent: Int?) -> Bool {
    guard let percent, total > 0 else { return false }
    return up * 100 < percent * total
  }
}

extension PeerRecord {
  /// Somebody wants it not to be used, whatever its votes say.
  fileprivate var isKeptOut: Bool { isMarkedDown || override.map { $0.state.status == .down } ?? false }
}
