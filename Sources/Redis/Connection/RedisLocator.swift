package import Addresses
package import NIOCore

/// The door to the topology: says where to dial now. It is asked before each dial, so that a fail-over is followed
/// by dialing again.
package protocol RedisLocator: Sendable {
  /// Called on `loop`; the answer may come on any. A failure counts as a failed dial.
  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress>
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
