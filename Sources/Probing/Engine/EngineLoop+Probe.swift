import CLinux
import Glibc
import Health
import TLS

extension EngineLoop {
  /// Events after which there is something to read: bytes, the end, or an error.
  static let readable = ~EPOLLOUT.rawValue

  /// The peer sends nothing after what is here.
  static let ended = EPOLLRDHUP.rawValue

  /// A peer that takes a connection within so many microseconds may be sent to at once the next time.
  static let nearbyUs = 60

  /// Begins the probe of a slot that has a place in its group.
  func start(_ slot: Int32) {
    let now = SteadyClock.nowNs
    let item = slots.base + Int(slot)
    let dueNs = UInt64(item.pointee.dueMs) * 1_000_000
    counters.started(lateNs: now > dueNs ? now - dueNs : 0)
    item.pointee.startedNs = now
    item.pointee.connectUs = 0
    item.pointee.handshakeUs = 0
    item.pointee.firstByteUs = 0
    item.pointee.sent = 0
    item.pointee.answer = AnswerStart()
    item.pointee.stage = .connecting
    item.pointee.timer.tick = Int64(now / 1_000_000) + groups[Int(item.pointee.group)].timeoutMs + 1
    wheel.insert(slot, in: slots.base)
    if groups[Int(item.pointee.group)].fault != nil { return refuse(slot) }
    item.pointee.socket = sockets.acquire(family: item.pointee.family, for: slot)
    guard item.pointee.socket >= 0 else {
      let number = -item.pointee.socket
      item.pointee.socket = -1
      return finish(slot, local(atSocket: number), error: number)
    }
    if groups[Int(item.pointee.group)].stream != nil, !beginStream(slot) { return }
    if groups[Int(item.pointee.group)].isSecured, !beginTLS(slot) { return }
    connect(slot)
  }

  private func local(atSocket number: Int32) -> Outcome.Verdict {
    if case .local(let error) = SystemError.atConnect(number) { return .local(error) }
    return .local(.other)
  }

  private func connect(_ slot: Int32) {
    let item = slots.base + Int(slot)
    switch connectCall(slot) {
    case 0: connected(slot)
    case EINPROGRESS, EINTR:
      if groups[Int(item.pointee.group)].isSecured { return sendSealed(slot, event: 0) }
      // Saves a turn through epoll where the other side is so near that it has answered already.
      if item.pointee.sendsAtOnce, groups[Int(item.pointee.group)].isHttp {
        send(slot, event: 0)
      } else {
        sockets.tellWritable(item.pointee.socket)
      }
    case let number: finish(slot, SystemError.atConnect(number), error: number)
    }
  }

  /// 0, or the error number.
  private func connectCall(_ slot: Int32) -> Int32 {
    let item = slots.base + Int(slot)
    guard let address = item.pointee.address else { return EINVAL }
    let descriptor = sockets.descriptor(item.pointee.socket)
    let answer = Glibc.connect(
      descriptor, address.assumingMemoryBound(to: sockaddr.self), item.pointee.addressLength)
    return answer == 0 ? 0 : errno
  }

  private func connected(_ slot: Int32) {
    let item = slots.base + Int(slot)
    item.pointee.connectUs = microsSinceStart(item)
    guard groups[Int(item.pointee.group)].isHttp else { return speak(slot) }
    if groups[Int(item.pointee.group)].isSecured { return sendSealed(slot, event: 0) }
    item.pointee.stage = .sending
    send(slot, event: 0)
  }

  /// An event of epoll: whatever it says, the next step is tried, and the system's answer counts. So an event that
  /// was meant for the socket's last user does no harm.
  func handle(_ event: epoll_event) {
    let socket = Int32(truncatingIfNeeded: event.data.u64)
    let slot = sockets.owner(socket)
    guard slot >= 0 else {
      let isLast = event.events & Self.ended != 0
      return sockets.readRest(socket, isLast: isLast, into: buffer, room: StatusLine.longest)
    }
    if groups[Int(slots[slot].group)].isSecured { return handleSealed(slot, event: event.events) }
    switch slots[slot].stage {
    case .connecting:
      groups[Int(slots[slot].group)].isHttp ? send(slot, event: event.events) : confirm(slot)
    case .sending: send(slot, event: event.events)
    case .receiving:
      if event.events & Self.readable != 0 { receive(slot, event: event.events) }
    case .vacant, .waiting, .queued, .handshaking: break
    }
  }

  /// Asks whether the connection is made, where nothing is to be sent that would tell.
  private func confirm(_ slot: Int32) {
    switch connectCall(slot) {
    case 0, EISCONN: connected(slot)
    case EALREADY, EINPROGRESS, EINTR: break
    case let number: finish(slot, SystemError.atConnect(number), error: number)
    }
  }

  /// - Parameter event: the event that led here, whose edge does not come again; 0: none did.
  private func send(_ slot: Int32, event: UInt32) {
    let item = slots.base + Int(slot)
    if item.pointee.exchange != nil { return sendRest(slot, event: event) }
    let group = Int(item.pointee.group)
    let descriptor = sockets.descriptor(item.pointee.socket)
    let request = groups[group].request(item.pointee.shape)
    let count = request.count
    while Int(item.pointee.sent) < count {
      let sent = request.withUnsafeBytes { bytes in
        Glibc.send(
          descriptor, bytes.baseAddress?.advanced(by: Int(item.pointee.sent)), count - Int(item.pointee.sent),
          Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return sendStopped(slot, error: errno) }
      if item.pointee.stage == .connecting {
        item.pointee.connectUs = microsSinceStart(item)
        item.pointee.stage = .sending
      }
      item.pointee.sent += UInt32(sent)
    }
    item.pointee.stage = .receiving
    if !item.pointee.sendsAtOnce { item.pointee.sendsAtOnce = item.pointee.connectUs < Self.nearbyUs }
    if event & Self.readable != 0 { receive(slot, event: event) }
  }

  func sendStopped(_ slot: Int32, error number: Int32) {
    let item = slots.base + Int(slot)
    switch number {
    case EAGAIN, EINTR:
      if item.pointee.stage == .connecting { item.pointee.sendsAtOnce = false }
      sockets.tellWritable(item.pointee.socket)
    case _ where item.pointee.stage == .connecting:
      finish(slot, SystemError.atConnect(number), error: number)
    default:
      // The peer may have answered and closed before it read all of the request.
      if !receivedWhileSending(slot) { finish(slot, SystemError.atSend(number), error: number) }
    }
  }

  private func receivedWhileSending(_ slot: Int32) -> Bool {
    let item = slots.base + Int(slot)
    let waiting = recv(sockets.descriptor(item.pointee.socket), buffer, 1, Int32(MSG_PEEK))
    guard waiting > 0 else { return false }
    item.pointee.stage = .receiving
    receive(slot, event: 0)
    return true
  }

  // MARK: The answer

  private func receive(_ slot: Int32, event: UInt32) {
    let item = slots.base + Int(slot)
    if item.pointee.exchange != nil { return receiveExpected(slot) }
    let descriptor = sockets.descriptor(item.pointee.socket)
    while true {
      let have = Int(item.pointee.partialCount)
      let target = item.pointee.partial ?? buffer
      let room = StatusLine.longest - have
      let count = recv(descriptor, target + have, room, 0)
      guard count > 0 else {
        let number = errno
        if count < 0, number == EAGAIN || number == EINTR { return }
        if count == 0 { return finish(slot, .failure(.closedEarly), leave: .fin) }
        return finish(slot, SystemError.atReceive(number), error: number)
      }
      if item.pointee.firstByteUs == 0 { item.pointee.firstByteUs = microsSinceStart(item) }
      let answer = UnsafeBufferPointer(start: target, count: have + count)
      if let line = item.pointee.answer.line(in: answer.span) {
        // Less than there was room for: the next call would tell of the end, or that there is nothing yet.
        let isLast = event & Self.ended != 0 && count < room
        return judge(slot, answer, line, isLast: isLast, mayHaveMore: count == room)
      }
      guard have + count < StatusLine.longest else { return tooLong(slot) }
      hold(slot, have + count)
    }
  }

  func tooLong(_ slot: Int32) {
    let isInterim = slots[slot].answer.hasPassed
    finish(
      slot, .failure(.badStatusLine),
      detail: isInterim
        ? "only interim answers (1xx) in \(StatusLine.longest) bytes"
        : "longer than \(StatusLine.longest) bytes")
  }

  /// Keeps what there is of an answer whose status line has not come: the shared buffer is the next answer's.
  func hold(_ slot: Int32, _ count: Int) {
    let item = slots.base + Int(slot)
    item.pointee.partialCount = Int32(count)
    guard item.pointee.partial == nil else { return }
    let own = UnsafeMutablePointer<UInt8>.allocate(capacity: StatusLine.longest)
    own.update(from: buffer, count: count)
    item.pointee.partial = own
  }

  func judge(
    _ slot: Int32, _ answer: UnsafeBufferPointer<UInt8>, _ place: Range<Int>, isLast: Bool, mayHaveMore: Bool
  ) {
    let line = UnsafeBufferPointer(rebasing: answer[place])
    let judgement = StatusLine.judge(line.span, valid: groups[Int(slots[slot].group)].valid)
    var verdict = Outcome.Verdict.success
    var status: UInt16 = 0
    var detail: String?
    switch judgement {
    case .valid(let code):
      if groups[Int(slots[slot].group)].expected != nil {
        return expect(slot, answer, place, status: code, isLast: isLast)
      }
      status = code
    case .badLine:
      verdict = .failure(.badStatusLine)
      detail = Printable.text(line)
    case .badCode(let digits):
      verdict = .failure(.badStatusCode)
      status = digits.status
      detail = Printable.text(UnsafeBufferPointer(rebasing: line[digits.range]))
    }
    let socket = slots[slot].socket
    finish(
      slot, verdict, status: status, detail: detail, leave: isLast ? .fin : leave(answer, place, status))
    // The event of what is here already does not come again.
    if mayHaveMore { sockets.readRest(socket, isLast: false, into: buffer, room: StatusLine.longest) }
  }

  private func leave(
    _ answer: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, _ status: UInt16
  ) -> SocketTable.Leave {
    let rest = AnswerRest(of: answer.span.extracting(line.lowerBound...), status: status)
    return rest == .nothing ? .fin : .after(rest)
  }

  // MARK: The end

  /// Ends the probe: its socket goes back, its result out, its place to the next, its timer to the next start.
  func finish(
    _ slot: Int32, _ verdict: Outcome.Verdict, status: UInt16 = 0, error number: Int32 = 0,
    detail: String? = nil, leave: SocketTable.Leave = .reset
  ) {
    let item = slots.base + Int(slot)
    let phases = Phases(
      connect: item.pointee.connectUs, handshake: item.pointee.handshakeUs,
      firstByte: item.pointee.firstByteUs, total: microsSinceStart(item))
    let id = ProbeID(index: UInt32(slot), incarnation: item.pointee.incarnation)
    var outcome = Outcome(
      verdict, status: status, phases: phases, detail: detail ?? Self.detail(of: verdict, error: number))
    endTLS(slot, &outcome)
    let closesInOrder = groups[Int(item.pointee.group)].closesInOrder
    if item.pointee.socket >= 0 {
      sockets.release(item.pointee.socket, closesInOrder ? leave : .reset, nowMs: nowMs)
    }
    item.pointee.socket = -1
    item.pointee.releasePartial()
    wheel.remove(slot, in: slots.base)
    leaveGroup(slot)
    if item.pointee.isOnce { vacate(slot) } else { scheduleNext(slot) }
    counters.finished(verdict)
    groups[Int(item.pointee.group)].statistics?.tally.add(outcome)
    results.add(ProbeResult(id: id, outcome: outcome, endedMs: nowMs), nowNs: nowNs)
  }

  /// Leaves the connection of a probe that nobody asks for any more.
  func abandon(_ slot: Int32) {
    sessions.removeValue(forKey: slot)?.end()
    let item = slots.base + Int(slot)
    let isAnswered = groups[Int(item.pointee.group)].closesInOrder && item.pointee.stage == .receiving
    sockets.release(item.pointee.socket, isAnswered ? .after(.untilEnd) : .reset, nowMs: nowMs)
  }

  private static func detail(of verdict: Outcome.Verdict, error number: Int32) -> String {
    switch verdict {
    case .success: return ""
    case .failure(let failure):
      let usual: Set<Int32> = [0, ECONNREFUSED, ETIMEDOUT]
      return usual.contains(number) ? failure.usualDetail : SystemError.text(number)
    case .local(let error):
      return number == 0 ? (error == .paused ? "this node stood still" : "") : SystemError.text(number)
    }
  }

  func microsSinceStart(_ item: UnsafeMutablePointer<ProbeSlot>) -> UInt32 {
    // A phase that was reached is never 0.
    max(UInt32(clamping: (SteadyClock.nowNs - item.pointee.startedNs) / 1000), 1)
  }
}
