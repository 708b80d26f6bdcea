package import Addresses
import Health
package import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// Secures the channels of one connection that lasts, by the files as they are when it is made.
package struct TLSClient: Sendable {
  /// Shared by all: what is read once, and which chains were found good, hold for every connection.
  private static let files = Mutex(TLSFiles())

  private let context: NIOSSLContext
  private let options: TLSOptions
  private let host: String
  private let nowS: Int64

  /// Looks at the files, and reads those that are others than before: that may wait for a disk.
  ///
  /// - Parameters:
  ///   - host: the name or the IP address that is dialed: whom the certificate must be for, where the options name nobody.
  ///   - nowS: seconds since 1970, for certificates that begin and end.
  /// - Throws: what is wrong with a file, with its path.
  package init(_ wanted: RedisTLSOptions, host: String, nowS: Int64) throws(TLSSetupError) {
    let options = TLSOptions(wanted)
    self.options = options
    self.host = wanted.serverName ?? host
    self.nowS = nowS
    let made = Self.files.withLock { files in
      Result { () throws(TLSSetupError) in
        _ = try files.verifier(options.ca)
        return try files.context(options, speaking: [], .long)
      }
    }
    context = try made.get()
  }

  /// What a channel needs before everything else, to be added on its event loop. Nothing that is written to the channel
  /// leaves it before the other side's certificate was found good.
  ///
  /// - Parameters:
  ///   - onEstablished: called once, on the event loop, when the handshake is done.
  ///   - onFailure: called on the event loop, before the channel is told: why it cannot be used. That the other side has
  ///     closed it is no failure, and comes as `ChannelError.eof` during the handshake.
  package func handlers(
    onEstablished: @escaping () -> Void, onFailure: @escaping (TLSFailure) -> Void
  ) throws(TLSFailure) -> [any ChannelHandler] {
    let findings = Findings()
    let sni = IPAddress(host) == nil ? host : nil
    let name = options.wanted(host, nil)
    do {
      let handler = try NIOSSLClientHandler(context: context, serverHostname: sni) {
        [ca = options.ca, nowS] certificates, promise in
        let loop = promise.futureResult.eventLoop
        Self.flaw(of: certificates, for: name, trusting: ca, nowS, on: loop).whenComplete { result in
          let flaw = (try? result.get()) ?? "the certificate could not be verified"
          findings.flaw = flaw.isEmpty ? nil : flaw
          promise.succeed(flaw.isEmpty ? .certificateVerified : .failed)
        }
      }
      return [handler, TLSWatch(findings, onEstablished, onFailure)]
    } catch {
      throw TLSFailure(error, flaw: nil)
    }
  }

  /// Empty: none. A chain takes a while to be judged, and its issuers may lie in files: the event loop does not wait for that.
  private static func flaw(
    of certificates: [NIOSSLCertificate], for name: ChainVerifier.Name, trusting ca: String?, _ nowS: Int64,
    on loop: any EventLoop
  ) -> EventLoopFuture<String> {
    guard let chain = try? certificates.map({ try $0.toDERBytes() }), !chain.isEmpty else {
      return loop.makeSucceededFuture("no certificate")
    }
    return NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
      files.withLock { files in
        do throws(TLSSetupError) {
          return try files.verifier(ca).judge(chain, for: name, nowS: nowS).flaw ?? ""
        } catch {
          return error.text
        }
      }
    }
  }
}

extension TLSOptions {
  fileprivate init(_ options: RedisTLSOptions) {
    self.init(host: options.serverName, verify: .full)
    ca = options.ca
    certificate = options.certificate
    key = options.key
    minimum =
      switch options.minimum {
      case .tls12: .tls12
      case .tls13: .tls13
      }
  }
}

/// What was found wrong with a certificate.
///
/// `@unchecked Sendable`: touched on the channel's event loop only.
private final class Findings: @unchecked Sendable {
  var flaw: String?
}

/// Puts the library's errors into words, and tells when the handshake is done.
private final class TLSWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let findings: Findings
  private let onEstablished: () -> Void
  private let onFailure: (TLSFailure) -> Void
  private var isEstablished = false

  init(
    _ findings: Findings, _ onEstablished: @escaping () -> Void, _ onFailure: @escaping (TLSFailure) -> Void
  ) {
    self.findings = findings
    self.onEstablished = onEstablished
    self.onFailure = onFailure
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
      isEstablished = true
      onEstablished()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // What is said in the channel has ends of its own: a server that goes away need not say goodbye.
    case NIOSSLError.uncleanShutdown: break
    case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])):
      context.fireErrorCaught(ChannelError.eof)
    case is NIOSSLError, is BoringSSLError:
      let failure = TLSFailure(error, flaw: findings.flaw)
      onFailure(failure)
      context.fireErrorCaught(failure)
    default: context.fireErrorCaught(error)
    }
  }
}
