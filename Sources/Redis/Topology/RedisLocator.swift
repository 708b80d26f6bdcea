package import Addresses
package import NIOCore

/// The door to the topology: says where to dial now. It is asked before each dial, so that a fail-over is followed
/// by dialing again.
package protocol RedisLocator: Sendable {
  /// Called on `loop`; the answer may come on any. A failure counts as a failed dial.
  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress>
  /// Whether a connection to this place may be kept.
  func isRight(_ place: RedisAddress) -> Bool
  /// From now on `moved` is called, on any thread, when other places may be right. Once it answers false it is called no more.
  func whenMoved(_ moved: @escaping @Sendable () -> Bool)
}

extension RedisLocator {
  package func isRight(_ place: RedisAddress) -> Bool { true }
  package func whenMoved(_ moved: @escaping @Sendable () -> Bool) {}
}

/// One server that never moves.
package struct FixedLocator: RedisLocator {
  private let address: RedisAddress

  package init(_ address: RedisAddress) {
    self.address = address
  }

  package func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress> {
    loop.makeSucceededFuture(address)
  }
}
