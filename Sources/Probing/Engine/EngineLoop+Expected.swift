import CLinux
import Glibc
import Health

// What is expected beyond a status line, or a connection: the effects. `AnswerCheck` and `Dialog` judge.
extension EngineLoop {
  /// The peer is asked for something that cannot be compared on this machine.
  func refuse(_ slot: Int32) {
    finish(slot, .local(.other), detail: groups[Int(slots[slot].group)].fault)
  }

  // MARK: An answer of HTTP

  /// Its status line is good; what is here of it, and what comes, is held against what is expected.
  func expect(
    _ slot: Int32, _ answer: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, status: UInt16, isLast: Bool
  ) {
    let text = UnsafeBufferPointer(rebasing: answer[line])
    guard status > 0, let expected = groups[Int(slots[slot].group)].expected else {
      return finish(slot, .failure(.badStatusLine), detail: Printable.text(text), leave: .after(.untilEnd))
    }
    let check = AnswerCheck(expected, status: status, isOld: AnswerHead.isOld(text))
    let feed = answer[line.upperBound] == 0x0a ? line.upperBound : line.upperBound + 1
    let rest = UnsafeBufferPointer(rebasing: answer[(feed + 1)...])
    let verdict = check.take(rest)
    // The bytes so far are taken; whatever comes goes to the check.
    slots[slot].releasePartial()
    slots[slot].exchange = Unmanaged.passRetained(Exchange(.answer(check), status: status))
    if let verdict { return end(slot, verdict, check.rest, isLast: isLast) }
    // What is secured comes by its session.
    if sessions[slot] == nil { receiveExpected(slot) }
  }

  /// Reads until it is decided, or there is nothing yet.
  func receiveExpected(_ slot: Int32) {
    guard let exchange = slots[slot].exchange?.takeUnretainedValue() else { return }
    if case .stream(let answer) = exchange.kind { return receiveStream(slot, exchange, answer) }
    let descriptor = sockets.descriptor(slots[slot].socket)
    while slots[slot].stage == .receiving {
      let count = recv(descriptor, buffer, StatusLine.longest, 0)
      if count < 0 {
        let number = errno
        if number == EAGAIN || number == EINTR { return }
        return broken(slot, exchange, number)
      }
      if slots[slot].firstByteUs == 0, count > 0 { slots[slot].firstByteUs = microsSinceStart(slot) }
      let piece = UnsafeBufferPointer(start: buffer, count: count)
      switch exchange.kind {
      case .answer(let check):
        let verdict = count == 0 ? check.end() : check.take(piece)
        if let verdict { return end(slot, verdict, check.rest, isLast: count == 0) }
      case .dialog(let dialog):
        if count == 0 { return end(slot, dialog.end(), .nothing, isLast: true) }
        if !proceed(slot, dialog.take(piece)) { return }
      case .stream: return
      }
    }
  }

  func broken(_ slot: Int32, _ exchange: Exchange, _ number: Int32) {
    let verdict = SystemError.atReceive(number)
    let detail = "\(SystemError.text(number)); \(exchange.progress)"
    finish(slot, verdict, status: exchange.status, error: number, detail: Printable.detail(detail))
  }

  func end(_ slot: Int32, _ verdict: AnswerVerdict, _ rest: AnswerRest, isLast: Bool) {
    let status = slots[slot].exchange?.takeUnretainedValue().status ?? 0
    let socket = slots[slot].socket
    let leave: SocketTable.Leave = isLast || rest == .nothing ? .fin : .after(rest)
    switch verdict {
    case .met: finish(slot, .success, status: status, leave: leave)
    case .failed(let failure, let detail):
      finish(slot, .failure(failure), status: status, detail: detail, leave: leave)
    }
    // The event of what is here already does not come again.
    if !isLast { sockets.readRest(socket, isLast: false, into: buffer, room: StatusLine.longest) }
  }

  // MARK: A conversation over TCP

  /// The connection is made. Where nothing is to be said, that is all.
  func speak(_ slot: Int32) {
    guard let expected = groups[Int(slots[slot].group)].dialog else { return finish(slot, .success) }
    let dialog = Dialog(expected)
    slots[slot].exchange = Unmanaged.passRetained(Exchange(.dialog(dialog)))
    slots[slot].stage = .receiving
    let first = dialog.begin()
    if first == .wait {
      // The peer speaks first, and has not been told yet that the connection is made: that waits for a request.
      var now: Int32 = 1
      setsockopt(
        sockets.descriptor(slots[slot].socket), Int32(IPPROTO_TCP), TCP_QUICKACK, &now,
        socklen_t(MemoryLayout<Int32>.size))
    }
    if proceed(slot, first) { receiveExpected(slot) }
  }

  /// False: nothing is to be read now.
  private func proceed(_ slot: Int32, _ next: Dialog.Next) -> Bool {
    switch next {
    case .wait: return true
    case .over(let verdict):
      // Nothing more is asked, and the peer is told so.
      end(slot, verdict, .nothing, isLast: false)
      return false
    case .send(let bytes):
      guard let exchange = slots[slot].exchange?.takeUnretainedValue() else { return false }
      exchange.unsent = bytes
      exchange.sent = 0
      slots[slot].stage = .sending
      return sendAll(slot, exchange)
    }
  }

  /// An event came while something was on its way out.
  func sendRest(_ slot: Int32, event: UInt32) {
    guard let exchange = slots[slot].exchange?.takeUnretainedValue() else { return }
    if case .stream = exchange.kind { return sendStream(slot, exchange, event: event) }
    if sendAll(slot, exchange) { receiveExpected(slot) }
  }

  private func sendAll(_ slot: Int32, _ exchange: Exchange) -> Bool {
    let descriptor = sockets.descriptor(slots[slot].socket)
    while exchange.sent < exchange.unsent.count {
      let sent = exchange.unsent.withUnsafeBytes { bytes in
        Glibc.send(
          descriptor, bytes.baseAddress?.advanced(by: exchange.sent), bytes.count - exchange.sent,
          Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else {
        let number = errno
        if number == EAGAIN || number == EINTR {
          sockets.tellWritable(slots[slot].socket)
        } else {
          finish(slot, SystemError.atSend(number), error: number)
        }
        return false
      }
      exchange.sent += sent
    }
    slots[slot].stage = .receiving
    guard case .dialog(let dialog) = exchange.kind else { return true }
    return proceed(slot, dialog.sent())
  }

  private func microsSinceStart(_ slot: Int32) -> UInt32 {
    max(UInt32(clamping: (SteadyClock.nowNs - slots[slot].startedNs) / 1000), 1)
  }
}
