import Addresses
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Redis
import RedisTestServer

/// What a fake server does about a command.
enum FakeAnswer: Sendable {
  /// These bytes, whatever they are.
  case bytes(String)
  case silence
  /// These bytes, and then the connection is closed.
  case lastBytes(String)

  static let ok = FakeAnswer.bytes("+OK\r\n")
  static let hangUp = FakeAnswer.lastBytes("")
}

/// A server on a unix socket that follows a script, and remembers what it was sent.
final class FakeServer: Sendable {
  /// - Parameters:
  ///   - connection: 1 for the first.
  ///   - command: with its arguments. The handshake, PING unless settings say more, comes first.
  typealias Script = @Sendable (_ connection: Int, _ command: [String]) -> FakeAnswer

  private struct State {
    var connections = 0
    var commands: [[String]] = []
  }

  private let folder: TemporaryFolder
  private let state = NIOLockedValueBox(State())
  private let listener: any Channel

  init(_ script: @escaping Script) async throws {
    folder = try TemporaryFolder()
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { [state] channel in
        let number = state.withLockedValue { state in
          state.connections += 1
          return state.connections
        }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            FakeConnection { command in
              state.withLockedValue { $0.commands.append(command) }
              return script(number, command)
            })
        }
      }
      .bind(unixDomainSocketPath: folder.file("s")).get()
  }

  deinit {
    listener.close(promise: nil)
  }

  /// With the patience that a busy machine may need.
  var address: RedisAddress { .unix(path: folder.file("s")) }

  var settings: RedisSettings {
    var settings = RedisSettings(address)
    settings.limits.commandDeadline = .seconds(60)
    settings.limits.dialDeadline = .seconds(60)
    return settings
  }

  var connections: Int { state.withLockedValue { $0.connections } }
  var commands: [[String]] { state.withLockedValue { $0.commands } }
}

private final class FakeConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let answer: ([String]) -> FakeAnswer
  /// Commands are arrays of strings, as replies may be.
  private let parser = RedisReplyParser()

  init(_ answer: @escaping ([String]) -> FakeAnswer) {
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Array(unwrapInboundIn(data).readableBytesView)
    guard let commands = try? parser?.feed(bytes) else { return context.close(promise: nil) }
    for command in commands {
      switch answer(command.elements.map { $0.string ?? "" }) {
      case .silence: break
      case .bytes(let text): send(text, context)
      case .lastBytes(let text):
        send(text, context)
        return context.close(promise: nil)
      }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func send(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
  }
}
