import NIOCore

/// One connection: requests out in order, replies back in the same order.
///
/// `@unchecked Sendable`: all of it happens on the channel's event loop.
final class RedisConnection: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Called once, whatever ends the connection.
  var onLoss: ((ConnectionLoss) -> Void)?
  /// Called after replies came or room to write: with what left the connection.
  var onProgress: ((QueueSize) -> Void)?
  /// Takes replies that belong to no request: the connection is a subscriber's.
  var onPush: ((RedisReply) -> Void)?

  private let decoder: ReplyDecoder
  private let limits: ReplyLimits
  private var context: ChannelHandlerContext?
  private var isLost = false
  private var inFlight = CircularBuffer<RedisRequest>()
  private var left = QueueSize()
  /// All their replies are there.
  private var done: [RedisRequest] = []
  private var lastReply = NIODeadline.uptimeNanoseconds(0)
  private var pushArena: ReplyArena
  /// What is to go out, in order.
  private var outbound: [ByteBuffer] = []
  private var outboundBytes = 0
  private var isPushing = false
  /// The server wants a login again: whatever else is written would be refused.
  private var isSpent = false

  /// Nil: no memory.
  init?(limits: ReplyLimits) {
    guard let decoder = ReplyDecoder(limits: limits) else { return nil }
    self.decoder = decoder
    self.limits = limits
    pushArena = ReplyArena(limits: limits)
  }

  /// Whether more may be written now. What cannot go out stays where it can still be taken back.
  var isWritable: Bool { !isLost && !isSpent && (context?.channel.isWritable ?? false) }

  /// When to give the connection up unless a reply comes; nil: no reply is awaited.
  var stallsAt: NIODeadline? {
    guard let oldest = inFlight.first, let written = oldest.writtenAt else { return nil }
    return max(written, lastReply) + oldest.patience
  }

  /// Of the request whose reply is next.
  var patience: TimeAmount { inFlight.first?.patience ?? .zero }

  /// Requests that wait for their reply, given up ones among them.
  var awaited: CircularBuffer<RedisRequest> { inFlight }

  /// Goes out with the next `flush`.
  func write(_ request: RedisRequest, at now: NIODeadline) {
    request.writtenAt = now
    inFlight.append(request)
    write(request.bytes)
  }

  /// The same for bytes whose replies are pushed.
  ///
  /// Nothing else may happen between a request's place among those that wait and its bytes' place among those that go out: the
  /// channel calls back while it is written to, and more requests may come by that.
  func write(_ bytes: ByteBuffer) {
    // Small requests go out together; a copy of a large one costs more than a system call's second buffer.
    let worthCopying = 16 << 10
    if let last = outbound.indices.last, outbound[last].readableBytes + bytes.readableBytes <= worthCopying {
      outbound[last].writeImmutableBuffer(bytes)
    } else {
      outbound.append(bytes)
    }
    outboundBytes += bytes.readableBytes
    if outboundBytes > worthCopying { push() }
  }

  func flush() {
    guard !isLost else { return }
    push()
    context?.flush()
  }

  /// Gives the channel what is to go out, which tells then whether more may be written.
  private func push() {
    // Whoever is called back by the channel leaves it to who is at it.
    guard !isPushing else { return }
    isPushing = true
    defer { isPushing = false }
    while !outbound.isEmpty {
      let buffers = outbound
      outbound.removeAll(keepingCapacity: true)
      outboundBytes = 0
      for buffer in buffers { context?.write(wrapOutboundOut(buffer), promise: nil) }
    }
  }

  /// Ends the connection. Everything that waits for a reply gets its error before this returns.
  func lose(_ loss: ConnectionLoss) {
    guard !isLost else { return }
    isLost = true
    let orphans = inFlight
    inFlight.removeAll()
    for request in orphans { left += request.size }
    context?.close(promise: nil)
    reportProgress()
    var failure = loss.forFirst
    for request in orphans {
      request.give(up: failure)
      failure = loss.forOthers
    }
    let onLoss = onLoss
    forget()
    onLoss?(loss)
  }

  private func forget() {
    onLoss = nil
    onProgress = nil
    onPush = nil
  }

  /// Makes room first and answers then: who is answered may send again at once.
  private func reportProgress() {
    let gone = left
    left = QueueSize()
    onProgress?(gone)
    let answered = done
    done.removeAll(keepingCapacity: true)
    for request in answered { request.finish() }
  }
}

extension RedisConnection {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isLost else { return }
    do throws(RedisError) {
      try unwrapInboundIn(data).readableBytesView.withUnsafeBytes { bytes throws(RedisError) in
        try decoder.feed(bytes)
      }
      while decoder.hasUnread, !isLost, try readReply() {}
    } catch {
      lose(.fault(error))
    }
  }

  /// False: the next reply is not there yet.
  private func readReply() throws(RedisError) -> Bool {
    guard let oldest = inFlight.first else { return try readPush() }
    guard let node = try decoder.next(into: oldest.arena) else { return false }
    if oldest.arena[node].kind == .error, case .refused? = RedisReply(oldest.arena, node: node).error {
      isSpent = true
    }
    if oldest.receive(node) {
      inFlight.removeFirst()
      left += oldest.size
      done.append(oldest)
    }
    return true
  }

  private func readPush() throws(RedisError) -> Bool {
    guard let node = try decoder.next(into: pushArena) else { return false }
    pushArena.seal()
    let reply = RedisReply(pushArena, node: node)
    pushArena = ReplyArena(limits: limits)
    if let onPush {
      onPush(reply)
    } else if let error = reply.error {
      // Before it hangs up, a server may say why.
      lose(.ended(error.description))
    } else {
      throw .protocolViolation("a reply came that nothing had asked for")
    }
    return true
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    lastReply = .now()
    reportProgress()
    // Those behind it were refused as well, and each has heard so: nothing is lost with the connection.
    if isSpent, inFlight.isEmpty { lose(.ended("the server wants a login again")) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    reportProgress()
  }

  func channelInactive(context: ChannelHandlerContext) {
    lose(.ended("the server closed it"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    lose(.ended(SystemSentence.of(error)))
  }
}
