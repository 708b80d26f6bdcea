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
  private let seat: GateSeat
  private var phase = ConnectionPhase()
  private var armed: ConnectionPhase.Wait?
  private var timer: Scheduled<Void>?
  /// The requests whose answers have not been written whole, in order: readers may send several at once.
  private var asked = CircularBuffer<Asked>(initialCapacity: 1)
  /// What is said and done once the answers that are owed have been given.
  private var lastWords: (fault: RequestCheck.Fault, hasBody: Bool)?
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
  /// The bytes that the decoder is looking at.
  private var lastBytes: ByteBuffer?
  /// The bytes before them ended inside of a request's head.
  private var isInsideHead = false
  /// What it did not understand of them.
  private var strange: StrangeLine?
  /// No other request is looked at: this connection ends after what it is owed.
  private var isDeaf = false

  private struct Asked {
    var keepsAlive: Bool
    var isOldHttp: Bool
  }

  init(limits: WebLimits, seat: GateSeat) {
    self.limits = limits
    self.seat = seat
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
    switch seat.admission {
    case .served, .reserved: arm(context)
    case .refused: refuse(.crowd, context)
    case .dropped: context.close(promise: nil)
    }
  }

  /// Others need the place: closes a connection that has no request under way.
  func makeRoom(_ channel: any Channel) {
    // A request that has come since then goes first; the gate has heard of it.
    if phase.activity != .busy, !isClosing { channel.close(promise: nil) }
  }

  // MARK: - Requests

  /// Called by `ByteWatch` before the decoder sees the bytes.
  func bytesCame(_ bytes: ByteBuffer, context: ChannelHandlerContext) {
    phase.bytesCame()
    seat.note(phase.activity)
    lastBytes = bytes
    guard strange?.verdict == .undecided else { return }
    strange?.add(bytes.readableBytesView)
    judgeStrange(context)
  }

  /// Called by `ByteWatch` after the decoder has seen them.
  func bytesWereRead(context: ChannelHandlerContext) {
    // The beginning of another request may stand behind a whole one.
    if let lastBytes {
      isInsideHead = !endsAfterBlankLine(lastBytes)
      if isInsideHead { phase.moreIsHere() }
    }
    lastBytes = nil
    if !isClosing { arm(context) }
  }

  private func endsAfterBlankLine(_ bytes: ByteBuffer) -> Bool {
    let end = bytes.readableBytesView.suffix(4)
    return end.elementsEqual("\r\n\r\n".utf8) || end.suffix(2).elementsEqual("\n\n".utf8)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isClosing || isDeaf { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      if let fault = RequestCheck.fault(in: head, isReserved: seat.admission == .reserved) {
        isDeaf = true
        return refuse(fault, hasBody: head.method != .HEAD, context)
      }
      phase.headersEnded()
      asked.append(
        Asked(keepsAlive: head.isKeepAlive && seat.admission == .served, isOldHttp: head.version == .http1_0))
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
    guard !isClosing, !isDeaf else { return }
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    isDeaf = true
    switch error {
    case .headerOverflow:
      let most = "\(limits.headerBytes) bytes and \(limits.headerCount) lines at most"
      refuse(
        RequestCheck.Fault(
          status: .requestHeaderFieldsTooLarge, sentence: "The request's headers are too large: \(most)."),
        context)
    case .invalidMethod:
      strange = StrangeLine(lastBytes?.readableBytesView ?? ByteBufferView(), hasBegun: isInsideHead)
      judgeStrange(context)
    default: refuse(.noHttp, context)
    }
  }

  private func judgeStrange(_ context: ChannelHandlerContext) {
    switch strange?.verdict {
    case .request: refuse(.method, context)
    case .garbage: refuse(.noHttp, context)
    case .undecided, nil: break
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      schedule(limits.shutdownTime, context) { $0.close(promise: nil) }
      isStopping = true
    }
    if isStreaming, !isClosing, event as? ChannelEvent == .inputClosed {
      // A reader that has gone looks like one that only asks no more: a sign of life tells, and frees its place.
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: ":\n\n")))), promise: nil)
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
      isStreaming = head.headers.first(name: "Content-Type") == ContentType.eventStream.rawValue
      if isStreaming, asked.first?.isOldHttp == true {
        // It knows of no chunks: such a stream ends with its connection.
        head.version = .http1_0
        asked[asked.startIndex].keepsAlive = false
      }
      if asked.first?.keepsAlive == false {
        head.headers.replaceOrAdd(name: "Connection", value: "close")
      } else if asked.first?.isOldHttp == true {
        head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
      }
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
      refuse(lastWords.fault, hasBody: lastWords.hasBody, context)
    } else {
      arm(context)
    }
  }

  // MARK: - Endings

  /// Sets the time limit of the phase, unless it is set already.
  private func arm(_ context: ChannelHandlerContext) {
    let wait = phase.wait
    seat.note(phase.activity)
    guard wait != armed else { return }
    armed = wait
    switch wait {
    case .headers:
      schedule(limits.headerTime, context) { [weak self] in
        self?.refuse(
          RequestCheck.Fault(status: .requestTimeout, sentence: "The request's headers took too long."), $0)
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
  private func refuse(
    _ fault: RequestCheck.Fault, hasBody: Bool = true, _ context: ChannelHandlerContext
  ) {
    guard !isClosing else { return }
    guard !phase.isAnswering else {
      lastWords = (fault, hasBody)
      return
    }
    var body = context.channel.allocator.buffer(capacity: fault.sentence.utf8.count + 1)
    body.writeString(fault.sentence + "\n")
    let headers: HTTPHeaders = [
      "Content-Type": ContentType.text.rawValue, "Content-Length": String(body.readableBytes),
      "X-Content-Type-Options": "nosniff", "Cache-Control": Caching.none.rawValue, "Connection": "close",
    ]
    isClosing = true
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: fault.status, headers: headers))),
      promise: nil)
    if hasBody { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
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
