package import Health
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS

/// One connection's TLS, without the connection: bytes of the peer go in, bytes for the peer and what the peer says come
/// out. It reads no socket and no clock, and never waits. Not to be used by two threads.
package final class TLSSession {
  struct Judge {
    let verifier: ChainVerifier
    let name: ChainVerifier.Name
  }

  /// What the library calls back with.
  private final class Findings {
    var facts: Certificate?
    var flaw: String?
    var isEstablished = false
    var applicationProtocol: String?
  }

  private let channel: EmbeddedChannel
  private let findings: Findings
  private var outbound: [ByteBuffer] = []
  private var inbound: ByteBuffer?
  private var isOver = false

  init(
    _ context: NIOSSLContext, judge: Judge?, sni: String?, nowS: Int64, on loop: EmbeddedEventLoop
  ) throws(TLSFailure) {
    let findings = Findings()
    self.findings = findings
    channel = EmbeddedChannel(loop: loop)
    do {
      let handler = try NIOSSLClientHandler(context: context, serverHostname: sni) { certificates, promise in
        promise.succeed(Self.verify(certificates, judge, nowS, findings) ? .certificateVerified : .failed)
      }
      try channel.pipeline.syncOperations.addHandlers(
        handler,
        EstablishedWatch { negotiated in
          findings.isEstablished = true
          findings.applicationProtocol = negotiated
        })
    } catch {
      throw TLSFailure(error, flaw: nil)
    }
    channel.pipeline.fireChannelActive()
    try collect()
  }

  deinit { end() }

  private static func verify(
    _ certificates: [NIOSSLCertificate], _ judge: Judge?, _ nowS: Int64, _ findings: Findings
  ) -> Bool {
    guard let chain = try? certificates.map({ try $0.toDERBytes() }), !chain.isEmpty else {
      findings.flaw = "no certificate"
      return false
    }
    guard let judge else {
      findings.facts = Certificate(unverified: chain[0])
      return true
    }
    (findings.facts, findings.flaw) = judge.verifier.judge(chain, for: judge.name, nowS: nowS)
    return findings.flaw == nil
  }

  // MARK: Outward

  package var isEstablished: Bool { findings.isEstablished }

  /// What both sides agree to speak, by its name of ALPN; nil: they have not agreed on anything.
  package var applicationProtocol: String? { findings.applicationProtocol }

  /// What is known of the peer's certificate; nil: nothing was asked of it, or it has not come.
  package var certificate: Certificate? { findings.facts }

  package var hasOutbound: Bool { !outbound.isEmpty }

  /// Sends this once the handshake is done, together with the end of that.
  package func write(_ bytes: [UInt8]) throws(TLSFailure) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    try collect()
  }

  /// Gives what is for the peer to `send`, which returns how many bytes it has taken; less than all: no more can be taken
  /// now. False: something is left.
  package func drain(_ send: (UnsafeRawBufferPointer) -> Int) -> Bool {
    while !outbound.isEmpty {
      let count = outbound[0].readableBytes
      let taken = outbound[0].withUnsafeReadableBytes(send)
      guard taken >= 0 else { return false }
      outbound[0].moveReaderIndex(forwardBy: min(taken, count))
      if taken < count { return false }
      outbound.removeFirst()
    }
    return true
  }

  // MARK: Inward

  package func receive(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) {
    var buffer = channel.allocator.buffer(capacity: bytes.count)
    buffer.writeBytes(bytes)
    channel.pipeline.fireChannelRead(buffer)
    channel.pipeline.fireChannelReadComplete()
    try collect()
  }

  /// Copies what the peer says; 0: nothing for now.
  package func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    guard var inbound, !target.isEmpty else { return 0 }
    let count = min(inbound.readableBytes, target.count)
    inbound.readWithUnsafeReadableBytes { bytes in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
      return count
    }
    self.inbound = inbound.readableBytes > 0 ? inbound : nil
    return count
  }

  /// Takes from the pipeline what has come of the last call. What is for the peer is one piece: the end of the handshake and
  /// the request leave in one packet.
  private func collect() throws(TLSFailure) {
    // What the library has put off, such as going on after a certificate was judged.
    channel.embeddedEventLoop.run()
    do {
      while var more = try channel.readOutbound(as: ByteBuffer.self) {
        if outbound.isEmpty { outbound.append(more) } else { outbound[outbound.count - 1].writeBuffer(&more) }
      }
      while var more = try channel.readInbound(as: ByteBuffer.self) {
        if inbound == nil { inbound = more } else { inbound?.writeBuffer(&more) }
      }
      try channel.throwIfErrorCaught()
    } catch {
      throw TLSFailure(error, flaw: findings.flaw)
    }
  }

  /// Lets go of everything; what is not sent yet is not sent.
  package func end() {
    guard !isOver else { return }
    isOver = true
    // The library lets go of a connection that is gone; one that is still there it would say goodbye to first.
    channel.pipeline.fireChannelInactive()
    channel.close(mode: .all, promise: nil)
    channel.embeddedEventLoop.run()
  }
}

/// Tells when the handshake is done.
private final class EstablishedWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let isDone: (String?) -> Void

  init(_ isDone: @escaping (String?) -> Void) { self.isDone = isDone }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted(let negotiated)? = event as? TLSUserEvent { isDone(negotiated) }
    context.fireUserInboundEventTriggered(event)
  }
}
