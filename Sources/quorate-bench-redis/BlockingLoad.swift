import CBlockingRedis
import Glibc

/// The same work, done by hiredis' own blocking calls.
///
/// `@unchecked Sendable`: one measurement runs at a time.
final class BlockingLoad: @unchecked Sendable {
  private let peer: OpaquePointer
  private let arguments: [UnsafePointer<CChar>?]
  private let lengths: [Int]

  init(_ socket: String) throws {
    guard let peer = blocking_connect(socket) else { throw BenchError() }
    self.peer = peer
    let words = ["HSET", "bench:hash"] + BenchHash.pairs.flatMap { [$0.name, $0.value] }
    arguments = words.map { UnsafePointer(strdup($0)) }
    lengths = words.map(\.utf8.count)
  }

  deinit {
    blocking_close(peer)
    for argument in arguments { free(UnsafeMutablePointer(mutating: argument)) }
  }

  func gets(_ times: Int) throws {
    try check(blocking_get(peer, Int32(times)))
  }

  func pipelines(_ times: Int, depth: Int) throws {
    try check(blocking_get_in_pipelines(peer, Int32(times), Int32(depth)))
  }

  func writeHash(_ times: Int) throws {
    var arguments = arguments
    try check(blocking_hset(peer, Int32(times), Int32(BenchHash.pairs.count), &arguments, lengths))
  }

  func readHash(_ times: Int) throws {
    try check(blocking_hgetall(peer, Int32(times), Int32(BenchHash.pairs.count)))
  }

  private func check(_ status: Int32) throws {
    if status != 0 { throw BenchError() }
  }
}
