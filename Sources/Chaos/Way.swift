import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The way to one server: whoever goes by its port can be slowed down, cut off or reset.
package final class Way: Sendable {
  package enum State: Hashable, Sendable {
    case open
    /// All bytes come so many milliseconds later.
    case delayed(Int)
    /// So many bytes come each tenth of a second.
    case dripping(Int)
    /// Nothing comes any more, and nobody is told.
    case silent
  }

  package let port: Int
  private let state: NIOLockedValueBox<State>
  private let pairs: NIOLockedValueBox<[ObjectIdentifier: any Channel]>
  private let listener: any Channel

  /// - Parameter target: a port of 127.0.0.1.
  package init(at port: Int, to target: Int) async throws {
    let state = NIOLockedValueBox(State.open)
    let pairs = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])
    self.state = state
    self.pairs = pairs
    self.port = port
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { client in
        pairs.withLockedValue { $0[ObjectIdentifier(client)] = client }
        client.closeFuture.whenComplete { _ in
          _ = pairs.withLockedValue { $0.removeValue(forKey: ObjectIdentifier(client)) }
        }
        return ClientBootstrap(group: client.eventLoop)
          .connect(host: "127.0.0.1", port: target)
          .flatMapThrowing { server in
            try client.pipeline.syncOperations.addHandler(Pump(to: server, state))
            try server.pipeline.syncOperations.addHandler(Pump(to: client, state))
          }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }

  /// From now on everybody's bytes go so.
  package func become(_ new: State) { state.withLockedValue { $0 = new } }

  /// Everybody who goes by it meets a reset.
  package func reset() {
    for channel in pairs.withLockedValue({ Array($0.values) }) {
      let isSet = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
      isSet?.whenComplete { _ in channel.close(promise: nil) }
    }
  }

  package func close() async {
    try? await listener.close()
    reset()
  }
}

/// One direction of a connection.
private final class Pump: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private static let tick = TimeAmount.milliseconds(10)

  private let peer: any Channel
  private let state: NIOLockedValueBox<Way.State>
  private var waiting = CircularBuffer<(bytes: ByteBuffer, since: NIODeadline)>()
  private var isTicking = false
  private var isEnding = false
  private var drippedAt = NIODeadline.uptimeNanoseconds(0)

  init(to peer: any Channel, _ state: NIOLockedValueBox<Way.State>) {
    self.peer = peer
    self.state = state
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    waiting.append((unwrapInboundIn(data), .now()))
    move(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isEnding = true
    move(context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func move(_ context: ChannelHandlerContext) {
    pass()
    if waiting.isEmpty {
      if isEnding { peer.close(promise: nil) }
      return
    }
    guard !isTicking else { return }
    isTicking = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.tick) {
      let (pump, context) = bound.value
      pump.isTicking = false
      pump.move(context)
    }
  }

  private func pass() {
    let now = NIODeadline.now()
    switch state.withLockedValue({ $0 }) {
    case .open:
      while let (bytes, _) = waiting.popFirst() { peer.writeAndFlush(bytes, promise: nil) }
    case .delayed(let ms):
      while let (bytes, since) = waiting.first, since + .milliseconds(Int64(ms)) <= now {
        waiting.removeFirst()
        peer.writeAndFlush(bytes, promise: nil)
      }
    case .dripping(let count):
      guard now - drippedAt >= .milliseconds(100), var first = waiting.popFirst() else { return }
      drippedAt = now
      if let drop = first.bytes.readSlice(length: min(count, first.bytes.readableBytes)) {
        peer.writeAndFlush(drop, promise: nil)
      }
      if first.bytes.readableBytes > 0 { waiting.prepend(first) }
    case .silent: break
    }
  }
}
