import ArgumentParser
import Console
import NIOCore
import NIOPosix
import NIOSSL

/// Https probes as SwiftNIO would do them: a channel for each, its TLS handler, its verification.
struct NioContestant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nio", abstract: "Probe over SwiftNIO's channels, as a child of the comparison.",
    shouldDisplay: false)

  @Option var port: Int
  @Option var peers: Int
  @Option var interval: Int
  @Option var ca: String

  func run() async throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(ca)
    let context = try NIOSSLContext(configuration: configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(.seconds(2))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            NIOSSLClientHandler(context: context, serverHostname: SecureServers.name), OneAnswer())
        }
      }
    let pause = Duration.milliseconds(interval) / peers
    let clock = ContinuousClock()
    var due = clock.now
    // The parent ends it.
    for number in 0..<Int.max {
      bootstrap.connect(host: Servers.host(number % peers), port: port).whenFailure { error in
        StandardError.write("\(error)")
      }
      due += pause
      try await clock.sleep(until: due)
    }
  }
}

/// Asks, reads the status line, and closes.
private final class OneAnswer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "GET / HTTP/1.0\r\n\r\n")), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !String(buffer: unwrapInboundIn(data)).hasPrefix("HTTP/1.1 200 ") { StandardError.write("no 200") }
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    StandardError.write("\(error)")
    context.close(promise: nil)
  }
}
