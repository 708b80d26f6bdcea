import Health
import Ledger

/// The peers of the definition in force, in its order, and those about which something may have to be decided.
struct PeerTable: Sendable {
  private var peers: [PeerWatch] = []
  private var numbers: [PeerName: Int] = [:]
  /// Each once.
  private var dirty: [PeerName] = []

  var indices: Range<Int> { peers.indices }
  var names: [PeerName] { peers.map(\.record.peer) }

  func index(of peer: PeerName) -> Int? { numbers[peer] }

  subscript(index: Int) -> PeerWatch {
    _read { yield peers[index] }
    _modify { yield &peers[index] }
  }

  func map<Value>(_ body: (PeerWatch) -> Value) -> [Value] { peers.map(body) }

  // MARK: What is open

  var isDirty: Bool { !dirty.isEmpty }

  /// In the order of the definition, however the news of them came.
  var dirtyIndices: [Int] { dirty.compactMap { numbers[$0] }.sorted() }

  mutating func markDirty(_ index: Int) {
    if peers[index].markDirty() { dirty.append(peers[index].record.peer) }
  }

  mutating func markDirty(_ peer: PeerName) {
    if let index = numbers[peer] { markDirty(index) }
  }

  mutating func markAllDirty() {
    for index in peers.indices { markDirty(index) }
  }

  /// All of it was decided.
  mutating func clean() {
    for peer in dirty {
      if let index = numbers[peer] { peers[index].clean() }
    }
    dirty = []
  }

  // MARK: Another definition

  mutating func removeAll() { self = PeerTable() }

  /// The peers of another definition. Those that stay keep their state, by name; all are open.
  mutating func replace(with definition: UpstreamDefinition, keepingState: Bool, at nowMs: Int64) {
    let known = keepingState ? self : PeerTable()
    peers = definition.peers.map { peer in
      guard let index = known.numbers[peer.name] else {
        return PeerWatch(record: PeerRecord(assumed: peer), overrides: peer.overrides, nowMs: nowMs)
      }
      var kept = known.peers[index]
      kept.stays(as: peer)
      return kept
    }
    numbers = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1.record.peer, $0) })
    dirty = []
    markAllDirty()
  }

  /// The records as they are to be when `new` comes into force: what is known, and new peers as they are assumed.
  func records(under new: UpstreamDefinition, byName: Bool) -> [PeerRecord] {
    new.peers.enumerated().map { position, peer in
      let index = byName ? numbers[peer.name] : peers.indices.contains(position) ? position : nil
      guard let index else {
        var record = PeerRecord(assumed: peer)
        if new.keepsDown(position) { record.reason = PeerRecord.markedDown }
        return record
      }
      var record = peers[index].record
      record.peer = peer.name
      record.role = peer.role
      return record
    }
  }

  /// Takes over what was decided of peers; whoever is not in the table is left out.
  mutating func adopt(_ records: some Sequence<PeerRecord>) {
    for record in records {
      if let index = numbers[record.peer] { peers[index].adopt(record) }
    }
  }
}
