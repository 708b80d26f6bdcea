import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves a `Site` over HTTP/1.1 until it is told to stop.
///
/// Graceful shutdown ends within `WebLimits.shutdownTime` and a little: idle connections are closed at once, answers
/// under way may end.
package struct WebServer: Service {
  private let site: Site
  private let address: WebAddress
  private let limits: WebLimits
  private let logger: Logger
  private let onBound: @Sendable (WebAddress) async -> Void

  /// - Parameters:
  ///   - address: where to listen; port 0 takes a free one.
  ///   - onBound: called once, with the address in use, when readers can connect.
  package init(
    site: Site, address: WebAddress, limits: WebLimits = WebLimits(), logger: Logger,
    onBound: @escaping @Sendable (WebAddress) async -> Void = { _ in }
  ) {
    self.site = site
    self.address = address
    self.limits = limits
    self.logger = logger
    self.onBound = onBound
  }

  /// - Throws: `WebServerError`.
  package func run() async throws {
    let server: any Service
    do {
      server = try makeServer()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [site] in await cancelWhenGracefulShutdown { await site.feed.follow() } }
        try await server.run()
        group.cancelAll()
      }
    } catch let error as IOError {
      throw WebServerError(address: address, error)
    } catch let error as SocketAddressError {
      throw WebServerError.cannotListen(address, "\(error)")
    }
  }

  private func makeServer() throws -> any Service {
    let site = site
    let builder = HTTPServerBuilder { [limits] responder in
      GuardedChannel(limits: limits, responder: responder)
    }
    return try builder.buildServer(
      configuration: ServerConfiguration(address: address.bindAddress, backlog: limits.connections),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: quietLogger,
      responder: { request, writer, channel in
        let answer = await site.answer(WebRequest(request, from: channel))
        let response = answer.response(to: request.method, atMs: site.now())
        try await writer.write(response: response.head, body: response.body)
      },
      onServerRunning: { [address, logger, onBound] channel in
        let bound = address.bound(to: channel.localAddress)
        logger.info("serving on \(bound)")
        await onBound(bound)
      })
  }

  /// The library's own lines at info level would stand among ours.
  private var quietLogger: Logger {
    var quiet = logger
    if quiet.logLevel == .info { quiet.logLevel = .notice }
    return quiet
  }
}
