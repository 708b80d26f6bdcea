import CLinux
import Glibc
import HTTP2
import Health
import TLS

// Probes that speak HTTP/2: the effects. `StreamedAnswer` says what is for the peer, and what its answer comes to; with
// TLS it stands behind the session, as the answer of HTTP/1 does.
extension EngineLoop {
  /// False: there is nothing to connect for.
  func beginStream(_ slot: Int32) -> Bool {
    let group = Int(slots[slot].group)
    guard let plan = groups[group].stream else { return true }
    guard let answer = StreamedAnswer(plan, groups[group].streamed(slots[slot].shape, plan), of: http2) else {
      finish(slot, .local(.noMemory), detail: "no memory for HTTP/2")
      return false
    }
    let exchange = Exchange(.stream(answer))
    exchange.unsent = answer.takeOutbound()
    slots[slot].exchange = Unmanaged.passRetained(exchange)
    return true
  }

  // MARK: Without TLS

  /// - Parameter event: the event that led here, whose edge does not come again; 0: none did.
  func sendStream(_ slot: Int32, _ exchange: Exchange, event: UInt32) {
    let item = slots.base + Int(slot)
    let descriptor = sockets.descriptor(item.pointee.socket)
    while exchange.sent < exchange.unsent.count {
      let sent = exchange.unsent.withUnsafeBytes { bytes in
        Glibc.send(
          descriptor, bytes.baseAddress?.advanced(by: exchange.sent), bytes.count - exchange.sent,
          Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return sendStopped(slot, error: errno) }
      if item.pointee.stage == .connecting {
        item.pointee.connectUs = microsSinceStart(item)
        item.pointee.stage = .sending
      }
      exchange.sent += sent
    }
    exchange.unsent = []
    exchange.sent = 0
    item.pointee.stage = .receiving
    if !item.pointee.sendsAtOnce { item.pointee.sendsAtOnce = item.pointee.connectUs < Self.nearbyUs }
    if event & Self.readable != 0 { receiveExpected(slot) }
  }

  /// Reads until it is decided, or there is nothing yet.
  func receiveStream(_ slot: Int32, _ exchange: Exchange, _ answer: StreamedAnswer) {
    let descriptor = sockets.descriptor(slots[slot].socket)
    while slots[slot].stage == .receiving {
      let count = recv(descriptor, buffer, StatusLine.longest, 0)
      if count < 0 {
        let number = errno
        if number == EAGAIN || number == EINTR { return }
        return broken(slot, exchange, number)
      }
      if count == 0 { return end(slot, answer.end(), .nothing, isLast: true) }
      guard hear(slot, exchange, answer, UnsafeBufferPointer(start: buffer, count: count)) else { return }
    }
  }

  // MARK: With TLS and without

  /// Takes the next bytes of the peer. False: it is decided.
  func hear(
    _ slot: Int32, _ exchange: Exchange, _ answer: StreamedAnswer, _ piece: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    let verdict = answer.take(piece)
    exchange.status = answer.status
    // Settings come first, and are no answer.
    if slots[slot].firstByteUs == 0, answer.status > 0 {
      slots[slot].firstByteUs = microsSinceStart(slots.base + Int(slot))
    }
    if verdict != nil { answer.leave() }
    if answer.hasOutbound { reply(slot, exchange, answer, isLast: verdict != nil) }
    guard let verdict else { return slots[slot].exchange?.takeUnretainedValue() === exchange }
    // It has been sent as far as that goes at once.
    if slots[slot].exchange?.takeUnretainedValue() === exchange { end(slot, verdict, .nothing, isLast: true) }
    return false
  }

  /// - Parameter isLast: the probe is over: whatever becomes of these bytes changes nothing.
  private func reply(_ slot: Int32, _ exchange: Exchange, _ answer: StreamedAnswer, isLast: Bool) {
    let bytes = answer.takeOutbound()
    let descriptor = sockets.descriptor(slots[slot].socket)
    guard let session = sessions[slot] else {
      if isLast {
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      } else {
        exchange.unsent += bytes
        slots[slot].stage = .sending
        sendStream(slot, exchange, event: 0)
      }
      return
    }
    do throws(TLSFailure) {
      try session.write(bytes)
      if isLast {
        _ = session.drain { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      } else {
        sendSealed(slot, event: 0)
      }
    } catch {
      if !isLast { finish(slot, .failure(.handshakeFailed), detail: error.text) }
    }
  }

  // MARK: With TLS

  /// What leaves with the end of the handshake; nil: the request of HTTP/1.
  func streamedStart(_ slot: Int32) -> [UInt8]? {
    guard let exchange = slots[slot].exchange?.takeUnretainedValue() else { return nil }
    defer { exchange.unsent = [] }
    return exchange.unsent
  }

  /// False: the peer does not speak what it is about to be asked in.
  func agrees(_ slot: Int32, _ session: TLSSession) -> Bool {
    guard groups[Int(slots[slot].group)].stream != nil, session.applicationProtocol != "h2" else {
      return true
    }
    let what =
      session.applicationProtocol.map { "the peer agrees on \(Printable.piece($0)) in TLS (ALPN), not on h2" }
      ?? "the peer agrees on no protocol in TLS (ALPN): it does not offer h2"
    finish(slot, .failure(.noHttp2), detail: Printable.detail(what), leave: .fin)
    return false
  }
}
