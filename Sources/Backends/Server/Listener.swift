import Glibc

/// The listening side of a backend: open, closed with its port kept, or with a full queue.
struct Listener: ~Copyable {
  /// How many fillers it may take to fill the queue of a listener whose queue is to hold none.
  private static let mostFillers = 16
  private static let queue: Int32 = 1024

  let address: LoopbackAddress
  private let reserved: ReservedPort?
  /// -1: nobody listens.
  private(set) var descriptor: Int32 = -1
  private(set) var door = Behavior.Door.refusing
  private var fillers: [Int32] = []

  init(_ wanted: LoopbackAddress) throws(BackendError) {
    if case .unix = wanted {
      reserved = nil
      address = wanted
    } else {
      let reserved = try ReservedPort(wanted)
      self.reserved = reserved
      address = reserved.address
    }
  }

  deinit {
    for filler in fillers { close(filler) }
    if descriptor >= 0 { close(descriptor) }
    if case .unix(let path) = address { Socket.removeSocket(at: path) }
  }

  mutating func set(_ door: Behavior.Door) throws(BackendError) {
    guard door != self.door else { return }
    shut()
    switch door {
    case .refusing: break
    case .open: try listen(Self.queue)
    case .neverAccepting:
      // The smallest queue there is holds one connection, and is full with it.
      try listen(0)
      fill()
    }
    self.door = door
  }

  private mutating func listen(_ queue: Int32) throws(BackendError) {
    descriptor = try Socket.bound(to: address)
    guard Glibc.listen(descriptor, queue) == 0 else {
      throw BackendError(what: "cannot listen at \(address.peer)", number: errno)
    }
  }

  /// Connects to itself until that does not succeed any more.
  private mutating func fill() {
    for _ in 0..<Self.mostFillers {
      guard let filler = Socket.connect(to: address, withinMs: 30) else { return }
      guard filler.isMade else {
        close(filler.descriptor)
        return
      }
      fillers.append(filler.descriptor)
    }
  }

  private mutating func shut() {
    for filler in fillers { Socket.reset(filler) }
    fillers = []
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    door = .refusing
  }
}
