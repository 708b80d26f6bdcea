import NIOCore

/// Tells `RequestGuard` of bytes that come, so that headers sent one byte at a time have their limit too: the decoder
/// passes nothing on before they are whole.
final class ByteWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let requests: RequestGuard

  init(_ requests: RequestGuard) {
    self.requests = requests
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let guarded = try? context.pipeline.syncOperations.context(handler: requests) else {
      return context.fireChannelRead(data)
    }
    requests.bytesCame(unwrapInboundIn(data), context: guarded)
    context.fireChannelRead(data)
    requests.bytesWereRead(context: guarded)
  }
}
