package import Addresses

/// What Sentinels say of where the primary is, and what that comes to: what most of those that answer say.
package struct SentinelVote {
  private let master: String
  /// Those that are asked.
  private let sentinels: [RedisAddress]
  /// Nil: it does not know the master.
  private var named: [RedisAddress?] = []
  private var failures: [RedisAddress: RedisError] = [:]

  package init(for master: String, sentinels: [RedisAddress]) {
    self.master = master
    self.sentinels = sentinels
  }

  package mutating func add(_ answer: Result<RedisReply, RedisError>, of sentinel: RedisAddress) {
    switch answer {
    case .failure(let error): failures[sentinel] = error
    case .success(let reply):
      let parts = Array(reply.elements)
      if parts.count == 2, let host = parts[0].string, let port = parts[1].number {
        named.append(RedisAddress.tcp(host: host, port: port).completed(by: sentinel))
      } else {
        named.append(nil)
      }
    }
  }

  /// More answers cannot change it.
  package var isDecided: Bool { counts.contains { $0.count * 2 > sentinels.count } }

  private var counts: [(place: RedisAddress, count: Int)] {
    Dictionary(grouping: named.compactMap(\.self)) { $0 }.map { ($0.key, $0.value.count) }
  }

  package func result() throws(RedisError) -> RedisAddress {
    if let winner = counts.first(where: { $0.count * 2 > named.count }) { return winner.place }
    if named.isEmpty {
      // The first as the URL has them, so that the same trouble has the same words.
      let first = sentinels.first { failures[$0] != nil } ?? sentinels.first
      let error = first.flatMap { failures[$0] } ?? .deadline(isWritten: true)
      let why = error.reason(of: first.map { "\($0)" } ?? "")
      throw error.isOfLogin ? .refused(why) : .unreachable("no Sentinel answers: \(why)")
    }
    if counts.isEmpty { throw .unreachable("the Sentinels know no master \"\(PlainText.shown(master))\"") }
    let places = counts.map { "\($0.place)" }.sorted().joined(separator: ", ")
    throw .unreachable("the Sentinels do not agree on the primary: \(places)")
  }
}

extension RedisError {
  fileprivate var isOfLogin: Bool {
    switch self {
    case .refused, .noPermission: true
    default: false
    }
  }

  /// Without the words that name Redis, and with the place.
  fileprivate func reason(of place: String) -> String {
    let why =
      switch self {
      case .unreachable(let why), .refused(let why), .outcomeUnknown(let why), .noPermission(let why): why
      case .deadline, .cancelled: "no answer in time"
      default: description
      }
    return why.hasPrefix(place) ? why : "\(place): \(why)"
  }
}
