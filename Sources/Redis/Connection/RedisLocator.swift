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

/// What cannot be dialed yet, and what to do instead.
struct UnservedLocator: RedisLocator {
  private let why: String

  init(_ why: String) {
    self.why = why
  }

  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress> {
    loop.makeFailedFuture(RedisError.refused(why))
  }
}

extension RedisSettings {
  /// Where to dial, by the topology.
  var locator: any RedisLocator {
    switch topology {
    case .single(let address): FixedLocator(address)
    case .sentinel:
      UnservedLocator("Sentinels are not asked yet; name the primary itself, as redis://host:6379/0")
    case .cluster:
      UnservedLocator("a Redis Cluster is not supported yet; name a single server, as redis://host:6379/0")
    }
  }
}
