import Addresses
import Glibc
import NIOCore
import NIOPosix
import TLS

/// One attempt to get a connection on which commands can be sent: locate, connect, handshake, by one deadline.
///
/// `@unchecked Sendable`: all of it happens on `loop`.
final class Dial: @unchecked Sendable {
  typealias Outcome = Result<(RedisConnection, RedisAddress), RedisError>

  private let loop: any EventLoop
  private let settings: RedisSettings
  private let locator: any RedisLocator
  /// Nil once it was called.
  private var onEnd: ((Outcome) -> Void)?
  private var channel: (any Channel)?
  private var timeout: Scheduled<Void>?
  private var place = "the server"
  /// A handshake of TLS is under way.
  private var isSecuring = false

  /// - Parameter onEnd: called once, on `loop`, unless the dial is cancelled.
  init(
    _ settings: RedisSettings, _ locator: any RedisLocator, on loop: any EventLoop,
    onEnd: @escaping (Outcome) -> Void
  ) {
    self.loop = loop
    self.settings = settings
    self.locator = locator
    self.onEnd = onEnd
  }

  func start() {
    timeout = loop.scheduleTask(in: settings.limits.dialDeadline.asTimeAmount) { [self] in
      end(.failure(.unreachable(silence)))
    }
    locator.locate(on: loop).hop(to: loop).whenComplete { [self] result in
      step(result) { address in
        place = "\(address)"
        ChannelSecurity.prepare(settings.tls, for: address, on: loop)
          .and(PasswordReader.read(settings.password, on: loop))
          .whenComplete { [self] result in
            step(result) { tls, password in connect(address, tls, password) }
          }
      }
    }
  }

  /// No more is heard of it, and what it opened is closed.
  func cancel() {
    onEnd = nil
    end(.failure(.closed))
  }

  private var silence: String {
    isSecuring
      ? "\(place) does not answer the handshake of TLS; is that a port with TLS?" : "\(place) does not answer"
  }

  private func connect(_ address: RedisAddress, _ tls: TLSClient?, _ password: String?) {
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(settings.limits.dialDeadline.asTimeAmount)
      .channelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
      .channelInitializer { [limits = settings.limits.reply, self] channel in
        self.channel = channel
        return channel.eventLoop.makeCompletedFuture {
          guard let connection = RedisConnection(limits: limits) else {
            throw IOError(errnoCode: ENOMEM, reason: "")
          }
          if let tls { try channel.pipeline.syncOperations.addHandlers(handlers(tls)) }
          try channel.pipeline.syncOperations.addHandler(connection)
        }
      }
    let connected =
      switch address {
      case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
      case .tcp(let host, let port): Self.keepingAlive(bootstrap).connect(host: host, port: port)
      }
    connected.whenComplete { [self] result in
      // The deadline may have come first, and then nobody else closes it.
      if onEnd == nil, case .success(let channel) = result { channel.close(promise: nil) }
      step(result) { channel in shakeHands(channel, address, password) }
    }
  }

  /// What is written before the server has shown a good certificate waits for that.
  private func handlers(_ tls: TLSClient) throws -> [any ChannelHandler] {
    isSecuring = true
    return try tls.handlers { [weak self] in
      self?.isSecuring = false
    } onFailure: { [weak self] failure in
      guard let self else { return }
      end(.failure(.tls("\(place): \(PlainText.shown(failure.text(of: "the server")))")))
    }
  }

  /// A silent peer is found out after 15 s without traffic and 3 probes, 5 s apart, also where no command waits.
  private static func keepingAlive(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
    bootstrap
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 15)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 5)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
  }

  private func shakeHands(_ channel: any Channel, _ address: RedisAddress, _ password: String?) {
    let handshake = Handshake(settings, password: password)
    do {
      let connection = try channel.pipeline.syncOperations.handler(type: RedisConnection.self)
      let request = RedisRequest(
        bytes: try CommandEncoder.encode(handshake.commands, atMost: settings.limits.queuedBytes),
        count: handshake.commands.count, deadline: .distantFuture,
        patience: settings.limits.dialDeadline.asTimeAmount, limits: settings.limits.reply, isQueued: false)
      request.completion = .callback { [self] answer in
        let fault = handshake.fault(answer)
        end(fault.map { .failure($0) } ?? .success((connection, address)))
      }
      connection.write(request, at: .now())
      connection.flush()
    } catch {
      step(Result<Void, any Error>.failure(error)) {}
    }
  }

  private func step<Value>(_ result: Result<Value, any Error>, _ next: (Value) -> Void) {
    guard onEnd != nil else { return }
    switch result {
    case .success(let value): next(value)
    case .failure(let error as RedisError): end(.failure(error))
    case .failure(let error): end(.failure(.unreachable("\(place): \(SystemSentence.of(error))")))
    }
  }

  private func end(_ outcome: Outcome) {
    timeout?.cancel()
    timeout = nil
    // First of all: what the closing of the channel brings is not why the dial failed.
    let onEnd = onEnd
    self.onEnd = nil
    if case .failure = outcome { channel?.close(promise: nil) }
    channel = nil
    onEnd?(outcome)
  }
}
