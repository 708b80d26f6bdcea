import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Web

/// A real server on a free port of 127.0.0.1, for as long as `body` runs.
func withServer(
  _ site: Site, limits: WebLimits = WebLimits(),
  _ body: @escaping @Sendable (_ port: Int) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    let (bound, tell) = AsyncStream.makeStream(of: WebAddress.self)
    let server = WebServer(
      site: site, address: .tcp(host: "127.0.0.1", port: 0), limits: limits, logger: silent,
      onBound: { tell.yield($0) })
    group.addTask { try await server.run() }
    group.addTask {
      for await address in bound {
        guard case .tcp(_, let port) = address else { break }
        return try await body(port)
      }
    }
    _ = try await group.next()
    group.cancelAll()
  }
}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A client that sends any bytes at all.
final class RawConnection {
  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

  init(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
  }

  func send(_ text: String) async throws {
    try await outbound.write(ByteBuffer(string: text))
  }

  /// Everything until the server closes; what came before a reset counts.
  func rest() async throws -> String {
    var all = ByteBuffer()
    do {
      while let part = try await inbound.next() { all.writeImmutableBuffer(part) }
    } catch is IOError {}
    return String(buffer: all)
  }

  /// What comes until `end` is there.
  func read(until end: String) async throws -> String {
    var all = ByteBuffer()
    while !String(buffer: all).contains(end), let part = try await inbound.next() {
      all.writeImmutableBuffer(part)
    }
    return String(buffer: all)
  }
}

func withConnection<Result: Sendable>(
  to port: Int, _ body: @escaping @Sendable (RawConnection) async throws -> Result
) async throws -> Result {
  let channel = try await connect(to: port)
  return try await channel.executeThenClose { inbound, outbound in
    try await body(RawConnection(inbound, outbound))
  }
}

/// Several connections, opened one after the other.
func withConnections<Result: Sendable>(
  _ count: Int, to port: Int, after opened: [RawConnection] = [],
  _ body: ([RawConnection]) async throws -> Result
) async throws -> Result {
  if opened.count == count { return try await body(opened) }
  let channel = try await connect(to: port)
  return try await channel.executeThenClose { inbound, outbound in
    try await withConnections(
      count, to: port, after: opened + [RawConnection(inbound, outbound)], body)
  }
}

private func connect(to port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
  try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .channelOption(.socketOption(.so_rcvbuf), value: 16 * 1024)
    .connect(host: "127.0.0.1", port: port) { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
      }
    }
}

/// One request on a connection of its own; the whole answer, which may be there before the request is sent.
func ask(_ port: Int, _ text: String) async throws -> String {
  try await withConnection(to: port) { connection in
    try? await connection.send(text)
    return try await connection.rest()
  }
}

func withUnixConnection<Result: Sendable>(
  to path: String, _ body: @escaping @Sendable (RawConnection) async throws -> Result
) async throws -> Result {
  let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .connect(unixDomainSocketPath: path) { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
      }
    }
  return try await channel.executeThenClose { inbound, outbound in
    try await body(RawConnection(inbound, outbound))
  }
}

/// A client that does nothing for a while: its slowness is what the server must bear.
func doNothing(for duration: Duration) async throws {
  try await Task.sleep(for: duration)  // the pace is what is tried
}
