import Addresses
import NIOConcurrencyHelpers
import NIOCore
import Redis

/// Answers where to dial when the test says so.
final class HeldLocator: RedisLocator {
  private let promises = NIOLockedValueBox<[EventLoopPromise<RedisAddress>]>([])

  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress> {
    let promise = loop.makePromise(of: RedisAddress.self)
    promises.withLockedValue { $0.append(promise) }
    return promise.futureResult
  }

  var questions: Int { promises.withLockedValue { $0.count } }

  func answer(_ address: RedisAddress) {
    for promise in promises.withLockedValue({ $0 }) { promise.succeed(address) }
  }
}
