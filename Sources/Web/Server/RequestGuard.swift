import NIOCore
import NIOHTTP1

/// Keeps one connection within `WebLimits`, between NIO's HTTP decoder and everything that serves: tells a `Connection`
/// what happens, and does what it says.
final class RequestGuard: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: WebLimits
  private let seat: GateSeat
  private var connection: Connection
  private var timer: Scheduled<Void>?

  init(limits: WebLimits, seat: GateSeat) {
    self.limits = limits
    self.seat = seat
    connection = Connection(limits: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { receive(.opened(seat.admission), context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }

  func channelActive(context: ChannelHandlerContext) {
    receive(.opened(seat.admission), context)
    context.fireChannelActive()
  }

  /// Others need the place: closes a connection that has no request under way.
  func makeRoom(_ channel: any Channel) {
    if connection.mayMakeRoom { channel.close(promise: nil) }
  }

  /// - Parameter data: what goes on where nothing stands against it.
  private func receive(
    _ event: ConnectionEvent, _ context: ChannelHandlerContext, passing data: NIOAny? = nil
  ) {
    let actions = connection.receive(event)
    if !connection.isClosing { seat.note(connection.activity) }
    for action in actions {
      switch action {
      case .pass: if let data { context.fireChannelRead(data) }
      case .limit(let limit): schedule(limit, context)
      case .unlimited: timer?.cancel()
      case .refuse(let fault, let hasBody): write(fault, hasBody: hasBody, context)
      case .signOfLife:
        context.writeAndFlush(
          wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: ":\n\n")))), promise: nil)
      case .endOutput: context.close(mode: .output, promise: nil)
      case .close: context.close(promise: nil)
      }
    }
  }

  private func schedule(_ limit: ConnectionLimit, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let bound = NIOLoopBound((guard: self, context: context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: TimeAmount(limits.time(of: limit))) {
      bound.value.guard.receive(.timeIsUp, bound.value.context)
    }
  }

  private func write(_ fault: RequestCheck.Fault, hasBody: Bool, _ context: ChannelHandlerContext) {
    var body = context.channel.allocator.buffer(capacity: fault.sentence.utf8.count + 1)
    body.writeString(fault.sentence + "\n")
    let headers: HTTPHeaders = [
      "Content-Type": ContentType.text.rawValue, "Content-Length": String(body.readableBytes),
      "X-Content-Type-Options": "nosniff", "Cache-Control": Caching.none.rawValue, "Connection": "close",
    ]
    let status = HTTPResponseStatus(statusCode: fault.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    if hasBody { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  // MARK: - What comes

  /// Called by `ByteWatch` before the decoder sees the bytes.
  func bytesCame(_ bytes: ByteBuffer, context: ChannelHandlerContext) {
    receive(.bytesCame(Array(bytes.readableBytesView)), context)
  }

  /// Called by `ByteWatch` after the decoder has seen them.
  func bytesWereRead(context: ChannelHandlerContext) {
    receive(.bytesWereRead, context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let request = RequestCheck.request(head, isReserved: connection.isReserved)
      receive(.requestBegan(request), context, passing: data)
    case .body(let bytes): receive(.bodyCame(bytes.readableBytes), context)
    case .end: receive(.requestEnded, context, passing: data)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard connection.isListening else { return }
    switch error as? HTTPParserError {
    case nil: context.fireErrorCaught(error)
    case .headerOverflow: receive(.notUnderstood(.headersTooLarge), context)
    case .invalidMethod: receive(.notUnderstood(.unknownMethod), context)
    default: receive(.notUnderstood(.garbage), context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { receive(.stopping, context) }
    if event as? ChannelEvent == .inputClosed { receive(.inputClosed, context) }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: - What is answered

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if connection.isClosing {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      let label = connection.answerBegan(
        isStream: head.headers.first(name: "Content-Type") == ContentType.eventStream.rawValue)
      if label.isWithoutChunks { head.version = .http1_0 }
      if let connection = label.connection {
        head.headers.replaceOrAdd(name: "Connection", value: connection)
      }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body where !connection.isStreaming: context.write(data, promise: promise)
    case .body: write(data, promise, .partWritten, taken: .partTaken, context)
    case .end: write(data, promise, .answerWritten, taken: .answerTaken, context)
    }
  }

  /// Writes, and tells the connection when it was taken.
  private func write(
    _ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ written: ConnectionEvent, taken: ConnectionEvent,
    _ context: ChannelHandlerContext
  ) {
    let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound((guard: self, context: context), eventLoop: context.eventLoop)
    promise.futureResult.whenSuccess { bound.value.guard.receive(taken, bound.value.context) }
    receive(written, context)
    context.write(data, promise: promise)
  }
}
