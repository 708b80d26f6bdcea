/// How many down votes take a peer down.
package enum Quorum: Hashable, Sendable {
  /// More than half of the assigned probers.
  case majority
  /// One is enough.
  case any
  /// All assigned probers.
  case all
  /// This many, or all where fewer are assigned; 1 or more.
  case count(Int)

  /// The down votes needed among `assigned` probers: 1 to `assigned`; 1 when nobody is assigned.
  package func needed(of assigned: Int) -> Int {
    let most = max(assigned, 1)
    return switch self {
    case .majority: most / 2 + 1
    case .any: 1
    case .all: most
    case .count(let count): min(max(count, 1), most)
    }
  }
}
