import Addresses
import Glibc
import NIOCore
import NIOPosix
import TLS

/// TLS for a dial, where the settings want it.
enum ChannelSecurity {
  /// Nil: none is wanted. Fails with `tls`, which names the file that is no good.
  static func prepare(
    _ options: RedisTLSOptions?, for address: RedisAddress, on loop: any EventLoop
  ) -> EventLoopFuture<TLSClient?> {
    guard let options else { return loop.makeSucceededFuture(nil) }
    guard case .tcp(let host, _) = address else {
      return loop.makeFailedFuture(RedisError.tls("\(address): a unix socket has no TLS"))
    }
    // Files may be on a slow disk, and the loop must not wait.
    return NIOThreadPool.singleton.runIfActive(eventLoop: loop) { () throws -> TLSClient? in
      do throws(TLSSetupError) {
        return try TLSClient(options, host: host, nowS: Int64(time(nil)))
      } catch {
        throw RedisError.tls("\(address): \(PlainText.shown(error.text))")
      }
    }
  }
}
