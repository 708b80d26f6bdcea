import NIOCore
import NIOHTTP1

/// Keeps one connection within `WebLimits`, between NIO's HTTP decoder and everything that serves.
///
/// It also closes connections whose request asked for that, HTTP/1.0 ones among them, after the answer: the layers
/// above no longer know the version.
final class RequestGuard: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: WebLimits
  private let admission: ConnectionGate.Admission
  private var phase = ConnectionPhase()
  private var armed: ConnectionPhase.Wait?
  private var timer: Scheduled<Void>?
  /// The requests whose answers have not been written whole, in order: readers may send several at once.
  private var asked = CircularBuffer<Asked>(initialCapacity: 1)
  /// What is said and done once the answers that are owed have been given.
  private var lastWords: (status: HTTPResponseStatus, sentence: String)?
  /// Some of a body is still to come: no other request can be read behind it.
  private var endsAfterAnswers = false
  /// The last answer is on its way: what still comes is thrown away.
  private var isClosing = false
  /// The server stops: the time that is left is set and nothing prolongs it.
  private var isStopping = false
  /// The answer under way has no end of its own: the reader's time is for each part of it.
  private var isStreaming = false
  /// Parts of it that the reader has not taken yet.
  private var untakenParts = 0

  private struct Asked {
    var keepsAlive: Bool
    var isOldHttp: Bool
  }

  init(limits: WebLimits, admission: ConnectionGate.Admission) {
    self.limits = limits
    self.admission = admission
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    switch admission {
    case .served: arm(context)
    case .refused: refuse(.serviceUnavailable, "Too many connections; try again later.", context)
    case .dropped: context.close(promise: nil)
    }
  }

  // MARK: - Requests

  /// Called by `ByteWatch` before the decoder sees the bytes.
  func bytesCame() {
    phase.bytesCame()
  }

  /// Called by `ByteWatch` after the decoder has seen them.
  func bytesWereRead(context: ChannelHandlerContext) {
    if !isClosing { arm(context) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isClosing { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      phase.headersEnded()
      asked.append(
        Asked(keepsAlive: head.isKeepAlive, isOldHttp: head.version == .http1_0 || head.version == .http0_9))
    case .body(let bytes):
      phase.bodyCame(bytes.readableBytes)
      if phase.bodyBytes > limits.bodyBytes { giveUpBody(context) }
      return  // Nobody reads it: it goes no further.
    case .end:
      phase.requestEnded()
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isClosing else { return }
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    if error == .headerOverflow {
      refuse(
        .requestHeaderFieldsTooLarge,
        "The request's headers are too large: \(limits.headerBytes) bytes and \(limits.headerCount) lines at most.",
        context)
    } else {
      refuse(.badRequest, "This is not an HTTP request.", context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      schedule(limits.shutdownTime, context) { $0.close(promise: nil) }
      isStopping = true
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: - Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isClosing {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      if asked.first?.keepsAlive == false {
        head.headers.replaceOrAdd(name: "Connection", value: "close")
      } else if asked.first?.isOldHttp == true {
        head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
      }
      isStreaming = head.headers.first(name: "Content-Type") == ContentType.eventStream.rawValue
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      if isStreaming { writePart(context, data, promise) } else { context.write(data, promise: promise) }
    case .end:
      isStreaming = false
      writeEnd(context, data, promise)
    }
  }

  private func writePart(
    _ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?
  ) {
    let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound((guard: self, context: context), eventLoop: context.eventLoop)
    taken.futureResult.whenSuccess { bound.value.guard.partTaken(bound.value.context) }
    untakenParts += 1
    if untakenParts == 1 { limitPart(context) }
    context.write(data, promise: taken)
  }

  private func partTaken(_ context: ChannelHandlerContext) {
    untakenParts -= 1
    guard isStreaming, !isStopping else { return }
    timer?.cancel()
    if untakenParts > 0 { limitPart(context) }
  }

  private func limitPart(_ context: ChannelHandlerContext) {
    schedule(limits.answerTime, context) { $0.close(promise: nil) }
  }

  private func writeEnd(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?)
  {
    let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
    let isLast = asked.popFirst()?.keepsAlive == false
    let bound = NIOLoopBound((guard: self, context: context), eventLoop: context.eventLoop)
    taken.futureResult.whenSuccess { bound.value.guard.answerTaken(isLast: isLast, bound.value.context) }
    context.write(data, promise: taken)
  }

  private func answerTaken(isLast: Bool, _ context: ChannelHandlerContext) {
    phase.answerTaken()
    if isClosing { return }
    if isLast || (endsAfterAnswers && !phase.isAnswering) {
      hangUp(context)
    } else if let lastWords, !phase.isAnswering {
      refuse(lastWords.status, lastWords.sentence, context)
    } else {
      arm(context)
    }
  }

  // MARK: - Endings

  /// Sets the time limit of the phase, unless it is set already.
  private func arm(_ context: ChannelHandlerContext) {
    let wait = phase.wait
    guard wait != armed else { return }
    armed = wait
    switch wait {
    case .headers:
      schedule(limits.headerTime, context) { [weak self] in
        self?.refuse(.requestTimeout, "The request's headers took too long.", $0)
      }
    case .body: schedule(limits.bodyTime, context) { [weak self] in self?.giveUpBody($0) }
    case .answer: schedule(limits.answerTime, context) { $0.close(promise: nil) }
    case .idle: schedule(limits.idleTime, context) { $0.close(promise: nil) }
    }
  }

  private func schedule(
    _ time: Duration, _ context: ChannelHandlerContext, _ body: @escaping (ChannelHandlerContext) -> Void
  ) {
    if isStopping { return }
    timer?.cancel()
    let bound = NIOLoopBound((body: body, context: context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: TimeAmount(time)) { bound.value.body(bound.value.context) }
  }

  /// Answers in the place of everything above and hangs up; after the answers that are owed.
  private func refuse(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    guard !phase.isAnswering else {
      lastWords = (status, sentence)
      return
    }
    var body = context.channel.allocator.buffer(capacity: sentence.utf8.count + 1)
    body.writeString(sentence + "\n")
    let headers: HTTPHeaders = [
      "Content-Type": ContentType.text.rawValue, "Content-Length": String(body.readableBytes),
      "X-Content-Type-Options": "nosniff", "Cache-Control": Caching.none.rawValue, "Connection": "close",
    ]
    isClosing = true
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    hangUp(context)
  }

  /// The rest of a body is not waited for: the connection ends once its answers have been taken.
  private func giveUpBody(_ context: ChannelHandlerContext) {
    endsAfterAnswers = true
    phase.requestEnded()
    if phase.isAnswering { arm(context) } else { hangUp(context) }
  }

  /// Says that nothing more comes and gives the reader a moment to read: closing at once would take back what it
  /// has not yet read, if more of its own bytes were on the way.
  private func hangUp(_ context: ChannelHandlerContext) {
    isClosing = true
    schedule(limits.lingerTime, context) { $0.close(promise: nil) }
    context.close(mode: .output, promise: nil)
  }
}
