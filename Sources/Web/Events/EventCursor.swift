import Health
import Ledger

/// How far one reader of the event stream has come.
struct EventCursor: Sendable {
  private let feed: EventFeed
  /// Nil: all upstreams.
  private let upstream: UpstreamName?
  /// The position in the feed's log that comes next.
  private var position: UInt64
  /// Of one upstream: the last number that was told.
  private var told: UInt64 = 0
  /// Where that was, as far as it is known: an id is a number alone.
  private var place: Position?
  /// Standings before this position are no news to this reader.
  private var newsFrom: UInt64
  /// The log does not reach back to what comes next: the ledger is asked.
  private var mustRead = false
  /// This node knows of no such number: it may be behind, or the upstream was deleted and made again.
  private var isDoubtful = false
  private var toldStale = false
  /// What is to be told before anything else.
  private var first: [UInt8]?

  init(feed: EventFeed, seat: EventFeed.Seat, scope: EventStream.Scope) {
    self.feed = feed
    position = seat.position
    newsFrom = seat.position
    switch scope {
    case .all(let id):
      upstream = nil
      if let id, let resumed = Self.position(id, in: feed) {
        position = resumed
      } else {
        first = Self.message(Self.id(seat.position, in: feed), FeedEntry.standing(seat.seqs))
      }
    case .one(let name, let after):
      upstream = name
      begin(name, after: after, standing: seat.seqs[name])
    }
  }

  /// - Parameter standing: nil: this node knows nothing of the upstream yet, and tells where it stands when it does.
  private mutating func begin(_ name: UpstreamName, after: UInt64?, standing: UInt64?) {
    guard let after else {
      told = standing ?? 0
      first = standing.map { Self.message(String($0), FeedEntry.standing([name: $0])) }
      return
    }
    told = after
    if after == standing { return }
    isDoubtful = after > standing ?? 0
    let start = feed.withLog { $0.holds(name, after: after) ? $0.start : nil }
    if let start, !isDoubtful { position = start } else { mustRead = true }
  }

  // MARK: Ids of the stream of all upstreams

  private static func id(_ position: UInt64, in feed: EventFeed) -> String { "\(feed.run)-\(position)" }

  /// The position behind the entry of this id; nil: it is not of this log, or gone from it.
  private static func position(_ id: String, in feed: EventFeed) -> UInt64? {
    let parts = id.split(separator: "-")
    guard parts.count == 2, parts[0] == feed.run, let position = UInt64(parts[1]) else { return nil }
    return feed.withLog { $0.start <= position && position <= $0.end } ? position : nil
  }

  // MARK: What comes next

  /// The next messages; nil: nothing for now.
  mutating func next() async -> [UInt8]? {
    if let first {
      self.first = nil
      return first
    }
    if let bytes = staleness() { return bytes }
    if mustRead, let upstream, let bytes = await read(upstream) { return bytes }
    if mustRead { return nil }
    if let bytes = fromLog() { return bytes }
    return mustRead ? await next() : nil
  }

  /// Whether the node serves a stale consensus, when that has changed. Without an id, so that the reader's place stays.
  private mutating func staleness() -> [UInt8]? {
    let isStale = feed.isStale
    guard isStale != toldStale else { return nil }
    toldStale = isStale
    return FeedEntry.stale(isStale)
  }

  /// Nil: the ledger cannot be read, or has nothing more.
  private mutating func read(_ upstream: UpstreamName) async -> [UInt8]? {
    var bytes: [UInt8] = []
    if isDoubtful {
      guard let seq = await feed.seq(of: upstream) else { return nil }
      if seq < told {
        bytes = Self.message(String(seq), FeedEntry.standing([upstream: seq], beyond: told))
        (told, place) = (seq, nil)
      }
      isDoubtful = false
    }
    guard let events = try? await feed.events(of: upstream, after: told) else {
      return bytes.isEmpty ? nil : bytes
    }
    for event in events {
      if place?.relation(of: event.position) == .otherBranch {
        // It does not follow what was told: its branch is taken up here.
        let before = event.seq - 1
        bytes += Self.message(String(before), FeedEntry.standing([upstream: before]))
      }
      (told, place) = (event.seq, event.position)
      bytes += Self.message(String(event.seq), FeedEntry(event).lines)
    }
    let told = told
    if let start = feed.withLog({ $0.holds(upstream, after: told) ? $0.start : nil }) {
      mustRead = false
      position = start
    }
    return bytes.isEmpty ? nil : bytes
  }

  private mutating func fromLog() -> [UInt8]? {
    while true {
      let position = position
      guard let found = feed.withLog({ $0.entries(from: position, limit: EventStream.batch) }) else {
        return behind()
      }
      if found.isEmpty { return nil }
      var bytes: [UInt8] = []
      for entry in found {
        self.position += 1
        if let id = id(of: entry) { bytes += Self.message(id, entry.lines) }
      }
      if !bytes.isEmpty { return bytes }
      if mustRead { return nil }
    }
  }

  /// Nil: it is nothing to this reader. To be called with `position` behind the entry.
  private mutating func id(of entry: FeedEntry) -> String? {
    guard let upstream else { return Self.id(position, in: feed) }
    guard entry.upstream == upstream else { return nil }
    switch entry.kind {
    case .event:
      if entry.seq <= told { return nil }
    case .standing:
      if position <= newsFrom { return nil }
      newsFrom = position
      guard entry.seq >= told else {
        isDoubtful = true
        mustRead = true
        return nil
      }
    }
    (told, place) = (entry.seq, entry.position)
    return String(entry.seq)
  }

  /// This reader was too slow: the log has gone on without it.
  private mutating func behind() -> [UInt8]? {
    if upstream == nil {
      let now = feed.withLog { (position: $0.end, seqs: $0.seqs) }
      position = now.position
      return Self.message(Self.id(now.position, in: feed), FeedEntry.standing(now.seqs))
    }
    mustRead = true
    return nil
  }

  private static func message(_ id: String, _ lines: [UInt8]) -> [UInt8] { Array("id: \(id)\n".utf8) + lines }
}
