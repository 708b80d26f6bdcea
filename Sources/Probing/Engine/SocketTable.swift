import CLinux
import Glibc

/// The sockets of the engine. TCP sockets are used again: `connect(AF_UNSPEC)` ends a connection at once, as closing
/// with a linger time of zero does, and leaves a socket that is still registered with epoll. That saves
/// closing, making and registering one for each probe, a fifth of its whole cost.
///
/// A backend logs nothing about a probe that has read its answer to the end and says so before it goes
/// (docs/decisions/0020-probes-close-in-order.md).
struct SocketTable: ~Copyable {
  /// How the connection of an ended probe is left.
  enum Leave {
    /// At once.
    case reset
    /// In order: the peer has closed already, or waits for another request and is told that none comes.
    case fin
    /// The rest of the answer is read first.
    case after(AnswerRest)
  }

  /// A connection whose probe has ended, while the rest of the answer comes.
  fileprivate struct Parting {
    var rest: AnswerRest
    /// Bytes that are read at most.
    var left: Int
    var untilMs: Int64
  }

  struct Entry {
    var descriptor: Int32
    /// The slot that uses it; -1: none.
    var owner: Int32
    var family: Int32
    /// Whether epoll tells when it can be written to.
    var tellsWritable = false
    fileprivate var parting: Parting?
    /// Whether its connection, which has ended, is closed before it is left.
    fileprivate var endsInOrder = false
  }

  private var entries: [Entry] = []
  private var vacant: [Int32] = []
  private var idle4: [Int32] = []
  private var idle6: [Int32] = []
  /// Sockets whose probe has ended, but not yet their connection.
  private var ended: [Int32] = []
  private var partings = PartingQueue()
  private var partingCount = 0
  private let epoll: Int32
  /// Sockets made so far.
  private(set) var made: UInt64 = 0
  /// Idle sockets of a family that are kept; more are closed.
  static let mostIdle = 1024
  /// Milliseconds for the rest of an answer.
  static let longestPartingMs: Int64 = 1000
  /// Bytes of it that are read. An answer with more ends in a reset.
  static let longestRest = 64 * 1024
  /// Connections that wait for the rest of an answer. One more is left without it.
  static let mostParting = 1024

  init(epoll: Int32) {
    self.epoll = epoll
  }

  deinit {
    for entry in entries where entry.descriptor >= 0 { Glibc.close(entry.descriptor) }
  }

  func descriptor(_ socket: Int32) -> Int32 { entries[Int(socket)].descriptor }

  /// The slot that an epoll event is for; -1: the socket's user has left it.
  func owner(_ socket: Int32) -> Int32 {
    Int(socket) < entries.count ? entries[Int(socket)].owner : -1
  }

  /// A socket that is not connected, owned by `slot` from now on. Negative: `-errno`.
  mutating func acquire(family: Int32, for slot: Int32) -> Int32 {
    if let socket = family == AF_INET ? idle4.popLast() : family == AF_INET6 ? idle6.popLast() : nil {
      entries[Int(socket)].owner = slot
      return socket
    }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = Glibc.socket(family, type, 0)
    guard descriptor >= 0 else { return -errno }
    made += 1
    // Whatever way the socket ends, no TIME_WAIT stays behind.
    var abort = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
    if family != AF_UNIX { Self.delayAcknowledgement(descriptor) }
    let socket = vacant.popLast() ?? Int32(entries.count)
    let entry = Entry(descriptor: descriptor, owner: slot, family: family)
    if Int(socket) == entries.count { entries.append(entry) } else { entries[Int(socket)] = entry }
    return register(socket)
  }

  /// The third packet of the handshake leaves with the request: a packet less. Where no request follows, as for `tcp`, the
  /// reset overtakes it: the backend's system takes the connection back before anybody has accepted it.
  private static func delayAcknowledgement(_ descriptor: Int32) {
    var seconds: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, &seconds, socklen_t(MemoryLayout<Int32>.size))
  }

  private mutating func register(_ socket: Int32) -> Int32 {
    guard control(socket, EPOLL_CTL_ADD, events: 0) == 0 else {
      let number = errno
      discard(socket)
      return -number
    }
    return socket
  }

  /// From now on there are events when the socket becomes writable. Where the request could be sent at once, as it can
  /// to a peer on this machine, that event would be one more to wake for, about nothing.
  mutating func tellWritable(_ socket: Int32) {
    guard !entries[Int(socket)].tellsWritable else { return }
    entries[Int(socket)].tellsWritable = true
    _ = control(socket, EPOLL_CTL_MOD, events: EPOLLOUT.rawValue)
  }

  private func control(_ socket: Int32, _ operation: Int32, events: UInt32) -> Int32 {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue | events
    event.data.u64 = UInt64(socket)
    return epoll_ctl(epoll, operation, descriptor(socket), &event)
  }

  /// The probe has ended; `endConnections` must follow within a tick.
  mutating func release(_ socket: Int32, _ leave: Leave = .reset, nowMs: Int64 = 0) {
    entries[Int(socket)].owner = -1
    switch leave {
    case .reset: ended.append(socket)
    case .after(let rest) where partingCount < Self.mostParting:
      let untilMs = nowMs + Self.longestPartingMs
      entries[Int(socket)].parting = Parting(rest: rest, left: Self.longestRest, untilMs: untilMs)
      partings.add(socket, untilMs: untilMs)
      partingCount += 1
    case .fin, .after:
      entries[Int(socket)].endsInOrder = true
      ended.append(socket)
    }
  }

  // MARK: The rest of an answer

  /// When the first of the connections that wait for the rest of an answer is given up; nil: none waits.
  var partingUntilMs: Int64? { partingCount > 0 ? partings.next?.untilMs : nil }

  /// Reads and forgets what there is, where the socket waits for the rest of an answer.
  ///
  /// - Parameter isLast: what there is, is the end: the peer has closed.
  mutating func readRest(_ socket: Int32, isLast: Bool, into buffer: UnsafeMutablePointer<UInt8>, room: Int) {
    guard Int(socket) < entries.count, var parting = entries[Int(socket)].parting else { return }
    while true {
      let count = recv(descriptor(socket), buffer, room, 0)
      guard count > 0 else {
        if count < 0, errno == EAGAIN || errno == EINTR { break }
        return part(socket, count == 0 ? .fin : .reset)
      }
      parting.left -= count
      parting.rest = parting.rest.after(UnsafeBufferPointer(start: buffer, count: count).span)
      if isLast && count < room { return part(socket, .fin) }
      if parting.left <= 0 { return part(socket, .reset) }
      if parting.rest == .nothing { return part(socket, .fin) }
    }
    entries[Int(socket)].parting = parting
  }

  /// Gives up those whose time is over.
  mutating func endPartings(nowMs: Int64) {
    while let next = partings.next {
      if let parting = entries[Int(next.socket)].parting, parting.untilMs == next.untilMs {
        guard next.untilMs <= nowMs else { return }
        part(next.socket, .fin)
      }
      partings.removeNext()
    }
  }

  private mutating func part(_ socket: Int32, _ leave: Leave) {
    entries[Int(socket)].parting = nil
    partingCount -= 1
    release(socket, leave)
  }

  // MARK: The end of connections

  var hasEnded: Bool { !ended.isEmpty }

  /// Ends the connections of ended probes. Those sockets serve the next probes where their kind allows.
  ///
  /// Right before probes are started is the best time: a socket that is idle when epoll is asked next has an event of
  /// its own, about nothing, since it hangs up.
  mutating func endConnections() {
    for socket in ended {
      if entries[Int(socket)].endsInOrder { close(inOrder: socket) }
      let entry = entries[Int(socket)]
      if entry.family == AF_UNIX || (entry.family == AF_INET ? idle4.count : idle6.count) >= Self.mostIdle {
        discard(socket)
      } else if !Self.disconnect(entry.descriptor) {
        discard(socket)
      } else if entry.family == AF_INET {
        idle4.append(socket)
      } else {
        idle6.append(socket)
      }
    }
    ended.removeAll(keepingCapacity: true)
  }

  /// The peer reads an end. Where it had not closed before, the reset that follows at once tells it nothing more; without
  /// that reset, the port would be kept here for a minute after each probe.
  private mutating func close(inOrder socket: Int32) {
    entries[Int(socket)].endsInOrder = false
    shutdown(descriptor(socket), Int32(SHUT_WR))
  }

  /// The reset that this sends stays in the socket as its error, until the next `connect` clears it.
  private static func disconnect(_ descriptor: Int32) -> Bool {
    var nowhere = sockaddr()
    nowhere.sa_family = sa_family_t(AF_UNSPEC)
    return connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size)) == 0
  }

  private mutating func discard(_ socket: Int32) {
    Glibc.close(entries[Int(socket)].descriptor)
    entries[Int(socket)] = Entry(descriptor: -1, owner: -1, family: 0)
    vacant.append(socket)
  }

  /// Sockets open now.
  var open: Int { entries.count - vacant.count }
}
