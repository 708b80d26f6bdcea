import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1 connection with our guard in front of it.
struct GuardedChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  private let http: HTTP1Channel
  private let limits: WebLimits
  private let gate: ConnectionGate

  init(limits: WebLimits, responder: @escaping HTTPChannelHandler.Responder) {
    let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
      maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
      maxHeaderFieldCount: limits.headerCount)
    http = HTTP1Channel(
      responder: responder, configuration: HTTP1Channel.Configuration(httpDecoderConfiguration: decoder))
    self.limits = limits
    gate = ConnectionGate(limit: limits.connections)
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    http.setup(channel: channel, logger: logger).flatMapThrowing { [limits, gate] value in
      let pipeline = channel.pipeline.syncOperations
      let seat = GateSeat(gate)
      let requests = RequestGuard(limits: limits, seat: seat)
      let bound = NIOLoopBound(requests, eventLoop: channel.eventLoop)
      seat.occupy { channel.eventLoop.execute { bound.value.makeRoom(channel) } }
      channel.closeFuture.whenComplete { _ in seat.leave() }
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(requests, position: .after(decoder))
      try pipeline.addHandler(ByteWatch(requests), position: .first)
      return value
    }
  }

  func handle(value: Value, logger: Logger) async {
    await http.handle(value: value, logger: logger)
  }
}
