import Health
import Ledger

/// The last events of all upstreams, in the order in which this node read them. Readers hold a position in it instead
/// of a buffer of their own, so that a slow one costs nothing.
struct FeedLog: Sendable {
  /// Entries that are kept; a reader that is further behind has to read the ledger.
  static let kept = 4096

  private struct Tail: Sendable {
    var position: Position
    /// All events above this number are in the log.
    var floor: UInt64
  }

  private let kept: Int
  private var entries: [FeedEntry] = []
  /// The position of the first entry; positions grow from 0 and are never used again.
  private(set) var start: UInt64 = 0
  private var tails: [UpstreamName: Tail] = [:]

  init(keeping kept: Int = Self.kept) {
    self.kept = kept
  }

  /// The position of the next entry.
  var end: UInt64 { start + UInt64(entries.count) }

  /// The last number of each upstream.
  var seqs: [UpstreamName: UInt64] { tails.mapValues(\.position.seq) }

  func seq(of upstream: UpstreamName) -> UInt64? { tails[upstream]?.position.seq }

  /// Whether every event of the upstream above `seq` that has been read is in the log.
  func holds(_ upstream: UpstreamName, after seq: UInt64) -> Bool {
    tails[upstream].map { $0.floor <= seq } ?? false
  }

  /// What is to be done about an upstream that stands at `head`.
  enum Step: Hashable, Sendable {
    case nothing
    /// The log begins anew with where it stands.
    case stand
    case read(after: UInt64)
  }

  mutating func step(_ upstream: UpstreamName, to head: Head) -> Step {
    guard let tail = tails[upstream]?.position else { return .stand }
    let relation = tail.relation(of: head.position)
    // Two runs have the same term: which of the numbers told are of this one, nobody can say.
    if relation == .otherBranch { return .stand }
    if head.seq > tail.seq { return .read(after: tail.seq) }
    // The board is behind.
    guard relation == .ahead else { return .nothing }
    // Lower numbers from a later leader: the upstream was deleted and made again.
    if head.seq < tail.seq { return .stand }
    tails[upstream]?.position = head.position
    return .nothing
  }

  mutating func stand(_ upstream: UpstreamName, at head: Head) {
    stand(upstream, at: head.position)
  }

  private mutating func stand(_ upstream: UpstreamName, at position: Position) {
    tails[upstream] = Tail(position: position, floor: position.seq)
    append(FeedEntry(standing: upstream, at: position))
  }

  /// Takes what the ledger has after the last number.
  mutating func append(_ event: LedgerEvent) {
    guard let tail = tails[event.upstream]?.position, event.seq > tail.seq else { return }
    if tail.relation(of: event.position) == .otherBranch {
      // It does not follow what was told: readers are told where its branch is taken up.
      stand(event.upstream, at: Position(term: event.term, run: event.run, seq: event.seq - 1))
    }
    tails[event.upstream]?.position = event.position
    append(FeedEntry(event))
  }

  mutating func keep(only upstreams: Set<UpstreamName>) {
    tails = tails.filter { upstreams.contains($0.key) }
  }

  private mutating func append(_ entry: FeedEntry) {
    entries.append(entry)
    // Cut in one go, so that an append stays cheap.
    guard entries.count > kept + kept / 4 else { return }
    let cut = entries.count - kept
    for entry in entries.prefix(cut) {
      guard let floor = tails[entry.upstream]?.floor, entry.seq > floor else { continue }
      tails[entry.upstream]?.floor = entry.seq
    }
    entries.removeFirst(cut)
    start += UInt64(cut)
  }

  /// The entries from a position on; nil: some of them are gone.
  func entries(from position: UInt64, limit: Int) -> [FeedEntry]? {
    guard position >= start, position <= end else { return nil }
    return Array(entries[Int(position - start)...].prefix(limit))
  }
}
