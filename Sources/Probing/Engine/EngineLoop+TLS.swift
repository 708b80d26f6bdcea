import Addresses
import CLinux
import Glibc
import Health
import TLS

/// Probes whose connection is secured: the same sockets, stages and deadlines, with a session between them and the answer.
extension EngineLoop {
  /// Bytes read at once: a record and a little.
  private static let sealedRoom = 17_408
  /// How often it is looked whether the files of a group are others.
  private static let filesEveryMs: Int64 = 10_000

  /// Prepares what the connections of a group have in common; what is wrong with a file is told with each probe, as this
  /// machine's own trouble.
  func secure(_ group: Int, _ options: TLSOptions?) {
    groups[group].tls = nil
    groups[group].tlsTrouble = nil
    groups[group].tlsOptions = options
    groups[group].tlsReadMs = nowMs
    guard let options else { return }
    do throws(TLSSetupError) {
      let protocols = groups[group].stream == nil ? [] : ["h2"]
      groups[group].tls = try tlsContexts.context(options, speaking: protocols)
    } catch {
      groups[group].tlsTrouble = error.text
    }
  }

  /// False: there is nothing to connect for.
  func beginTLS(_ slot: Int32) -> Bool {
    let group = Int(slots[slot].group)
    if nowMs - groups[group].tlsReadMs >= Self.filesEveryMs { secure(group, groups[group].tlsOptions) }
    guard let context = groups[group].tls else {
      finish(slot, .local(.other), detail: groups[group].tlsTrouble ?? "")
      return false
    }
    do throws(TLSFailure) {
      let session = try context.session(
        with: slots[slot].ipAddress, called: groups[group].host(slots[slot].shape), nowS: Int64(time(nil)))
      // It leaves together with the end of the handshake.
      try session.write(streamedStart(slot) ?? groups[group].request(slots[slot].shape))
      sessions[slot] = session
      return true
    } catch {
      finish(slot, .local(.other), detail: error.text)
      return false
    }
  }

  func endTLS(_ slot: Int32, _ outcome: inout Outcome) {
    guard let session = sessions.removeValue(forKey: slot) else { return }
    outcome.certificate = session.certificate
    session.end()
  }

  func handleSealed(_ slot: Int32, event: UInt32) {
    switch slots[slot].stage {
    case .connecting, .sending: sendSealed(slot, event: event)
    case .handshaking, .receiving:
      if event & Self.readable != 0 {
        receiveSealed(slot, event: event)
      } else {
        sendSealed(slot, event: event)
      }
    case .vacant, .waiting, .queued: break
    }
  }

  /// - Parameter event: the event that led here, whose edge does not come again; 0: none did.
  func sendSealed(_ slot: Int32, event: UInt32) {
    guard let session = sessions[slot] else { return }
    let item = slots.base + Int(slot)
    let descriptor = sockets.descriptor(item.pointee.socket)
    var number: Int32 = 0
    let isAllSent = session.drain { bytes in
      let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if sent < 0 { number = errno }
      return max(sent, 0)
    }
    if number == 0 || number == EAGAIN, isAllSent || item.pointee.stage != .connecting {
      noteConnected(item)
    }
    guard isAllSent else { return sendingStopped(slot, error: number == 0 ? EAGAIN : number) }
    item.pointee.stage = session.isEstablished ? .receiving : .handshaking
    if event & Self.readable != 0 { receiveSealed(slot, event: event) }
  }

  private func noteConnected(_ item: UnsafeMutablePointer<ProbeSlot>) {
    guard item.pointee.stage == .connecting else { return }
    if item.pointee.connectUs == 0 { item.pointee.connectUs = microsSinceStart(item) }
    item.pointee.stage = .handshaking
  }

  private func sendingStopped(_ slot: Int32, error number: Int32) {
    let item = slots.base + Int(slot)
    switch number {
    case EAGAIN, EINTR: sockets.tellWritable(item.pointee.socket)
    case _ where item.pointee.stage == .connecting:
      finish(slot, SystemError.atConnect(number), error: number)
    case _ where item.pointee.stage == .handshaking:
      finish(slot, .failure(.handshakeFailed), detail: SystemError.text(number))
    default: finish(slot, SystemError.atSend(number), error: number)
    }
  }

  private func receiveSealed(_ slot: Int32, event: UInt32) {
    let item = slots.base + Int(slot)
    let incarnation = item.pointee.incarnation
    let room = sealedRoom()
    while let session = sessions[slot], item.pointee.incarnation == incarnation {
      let count = recv(sockets.descriptor(item.pointee.socket), room.baseAddress, room.count, 0)
      guard count > 0 else { return receivingStopped(slot, count: count, error: errno, session) }
      do throws(TLSFailure) {
        try session.receive(UnsafeRawBufferPointer(rebasing: room[..<count]))
      } catch {
        return fail(slot, error, session)
      }
      if session.isEstablished, item.pointee.handshakeUs == 0 {
        item.pointee.handshakeUs = microsSinceStart(item)
        item.pointee.stage = .sending
        if !agrees(slot, session) { return }
      }
      if session.hasOutbound { sendSealed(slot, event: 0) }
      if sessions[slot] === session {
        answered(slot, session, isLast: event & Self.ended != 0 && count < room.count)
      }
    }
  }

  /// More is expected than a status line. False: nothing has come for now, or it is decided.
  private func expected(_ slot: Int32, _ exchange: Exchange, _ session: TLSSession) -> Bool {
    let count = session.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: StatusLine.longest))
    if case .stream(let answer) = exchange.kind {
      return count > 0 && hear(slot, exchange, answer, UnsafeBufferPointer(start: buffer, count: count))
    }
    guard count > 0, case .answer(let check) = exchange.kind else { return false }
    guard let verdict = check.take(UnsafeBufferPointer(start: buffer, count: count)) else { return true }
    end(slot, verdict, .nothing, isLast: true)
    return false
  }

  private func sealedRoom() -> UnsafeMutableRawBufferPointer {
    if let sealedBuffer { return sealedBuffer }
    let made = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.sealedRoom, alignment: 16)
    sealedBuffer = made
    return made
  }

  private func receivingStopped(_ slot: Int32, count: Int, error number: Int32, _ session: TLSSession) {
    if count < 0, number == EAGAIN || number == EINTR { return }
    if session.isEstablished {
      if let exchange = slots[slot].exchange?.takeUnretainedValue() {
        return count == 0 ? closed(slot, exchange) : broken(slot, exchange, number)
      }
      if count == 0 { return finish(slot, .failure(.closedEarly), leave: .fin) }
      return finish(slot, SystemError.atReceive(number), error: number)
    }
    let text = count == 0 ? "closed in the handshake" : SystemError.text(number)
    finish(slot, .failure(.handshakeFailed), detail: text, leave: count == 0 ? .fin : .reset)
  }

  private func closed(_ slot: Int32, _ exchange: Exchange) {
    switch exchange.kind {
    case .answer(let check): end(slot, check.end(), .nothing, isLast: true)
    case .dialog(let dialog): end(slot, dialog.end(), .nothing, isLast: true)
    case .stream(let answer): end(slot, answer.end(), .nothing, isLast: true)
    }
  }

  /// The alert that says why is sent as far as that goes at once.
  private func fail(_ slot: Int32, _ failure: TLSFailure, _ session: TLSSession) {
    let descriptor = sockets.descriptor(slots[slot].socket)
    _ = session.drain { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    switch failure {
    case .certificate(let text): finish(slot, .failure(.certificateRejected), detail: text, leave: .fin)
    case .handshake(let text): finish(slot, .failure(.handshakeFailed), detail: text, leave: .fin)
    case .noProtocol: finish(slot, .failure(.noHttp2), detail: failure.text, leave: .fin)
    }
  }

  /// Judges what has come of the answer, once its status line is there.
  private func answered(_ slot: Int32, _ session: TLSSession, isLast: Bool) {
    let item = slots.base + Int(slot)
    while sessions[slot] === session {
      if let exchange = slots[slot].exchange?.takeUnretainedValue() {
        guard expected(slot, exchange, session) else { return }
        continue
      }
      let have = Int(item.pointee.partialCount)
      let target = item.pointee.partial ?? buffer
      let count = session.read(
        into: UnsafeMutableRawBufferPointer(start: target + have, count: StatusLine.longest - have))
      guard count > 0 else { return }
      if item.pointee.firstByteUs == 0 { item.pointee.firstByteUs = microsSinceStart(item) }
      let answer = UnsafeBufferPointer(start: target, count: have + count)
      if let line = item.pointee.answer.line(in: answer.span) {
        judge(slot, answer, line, isLast: true, mayHaveMore: false)
        // More may be expected than that line, and be here already.
        if slots[slot].exchange == nil { return }
        continue
      }
      guard have + count < StatusLine.longest else { return tooLong(slot) }
      hold(slot, have + count)
    }
  }
}

extension ProbeSlot {
  /// Nil: a unix socket.
  fileprivate var ipAddress: IPAddress? {
    guard let address else { return nil }
    let bytes = UnsafeRawBufferPointer(start: address, count: Int(addressLength))
    switch family {
    case AF_INET:
      return IPAddress(
        bytes: bytes.dropFirst(MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 4).prefix(4))
    case AF_INET6:
      return IPAddress(
        bytes: bytes.dropFirst(MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8).prefix(16))
    default: return nil
    }
  }
}
