import Glibc
import HTTP2
import Health
import TLS

/// One peer in the engine: plain memory, reached by index. 10,000 of these are walked by no one.
package struct ProbeSlot {
  enum Stage: UInt8 {
    /// The index is free.
    case vacant
    /// The timer tells when the next probe starts.
    case waiting
    /// Due, but its group has as many probes in flight as it may.
    case queued
    /// In flight; the timer is the deadline.
    case connecting
    case handshaking
    case sending
    case receiving

    var isInFlight: Bool { rawValue >= Stage.connecting.rawValue }
  }

  package var timer = TimerWheel.Link()
  var incarnation: UInt32 = 0
  var group: Int32 = -1
  /// Index of the socket in use; -1: none.
  var socket: Int32 = -1
  var stage: Stage = .vacant
  /// Whether sending at once after connecting went well the last time: it does where the answer to our SYN is
  /// there before `connect` returns, on this machine or a virtual network of it.
  var sendsAtOnce = true
  /// One probe and no more.
  var isOnce = false
  var phaseMs: UInt32 = 0
  /// Milliseconds between starts instead of the group's; 0: the group's.
  var paceMs: UInt32 = 0
  /// Bytes of the request that are sent.
  var sent: UInt32 = 0
  /// When this probe, or the next one, is due; milliseconds.
  var dueMs: Int64 = 0
  var startedNs: UInt64 = 0
  var connectUs: UInt32 = 0
  var handshakeUs: UInt32 = 0
  var firstByteUs: UInt32 = 0
  var answer = AnswerStart()
  /// The start of an answer whose status line came in pieces: `StatusLine.longest` bytes; nil in nearly all slots.
  var partial: UnsafeMutablePointer<UInt8>?
  var partialCount: Int32 = 0
  /// Which of its group's requests it sends; 0: the one of all.
  var shape: Int32 = 0
  /// Where more is expected than a status line or a connection, and that has begun: what there is to do, held by this slot.
  var exchange: Unmanaged<Exchange>?
  var family: Int32 = 0
  var address = UnsafeMutableRawPointer(bitPattern: 0)
  var addressLength: UInt32 = 0

  package init() {}

  mutating func assign(_ address: SocketAddress) {
    releaseAddress()
    let copy = UnsafeMutableRawPointer.allocate(byteCount: address.bytes.count, alignment: 8)
    address.bytes.withUnsafeBytes {
      copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count)
    }
    self.address = copy
    addressLength = UInt32(address.bytes.count)
    family = address.family
  }

  mutating func releaseAddress() {
    address?.deallocate()
    address = nil
  }

  mutating func releasePartial() {
    partial?.deallocate()
    partial = nil
    partialCount = 0
    exchange?.release()
    exchange = nil
  }
}

/// The settings that the peers of one upstream share, and the line of those that wait for a free place.
struct GroupSlot {
  var isOpen = false
  var isHttp = true
  /// Nil: connections are not secured, or cannot be.
  var tls: TLSContext?
  /// Why connections cannot be secured, though they should be.
  var tlsTrouble: String?
  var tlsOptions: TLSOptions?
  /// When the files were looked at last.
  var tlsReadMs: Int64 = 0
  var isSecured: Bool { tls != nil || tlsTrouble != nil }
  var closesInOrder = true
  var request: [UInt8] = []
  /// What peers have otherwise, each once.
  var shapes: [Shape] = []
  var shapeNumbers: [PeerOverrides: Int32] = [:]
  /// What those are composed of.
  var parts: RequestParts?
  /// What an answer must hold beside its status line; nil: nothing.
  var expected: ExpectedAnswer?
  /// What is asked over HTTP/2; nil: that is not spoken.
  var stream: StreamPlan?
  /// What is said over plain TCP; nil: nothing.
  var dialog: ExpectedDialog?
  /// Why nobody can be asked so; nil: everybody can.
  var fault: String?
  var valid = StatusSet([])
  var intervalMs: Int64 = 1000
  var timeoutMs: Int64 = 1000
  var port: UInt16?
  /// Probes in flight at once.
  var most = Int.max
  var inFlight = 0
  /// Nil: nobody asks what its probes come to.
  var statistics: ProbeStatistics.Group?
  /// The line of queued slots, linked through their timers, which they do not need meanwhile.
  var firstQueued: Int32 = -1
  var lastQueued: Int32 = -1

  struct Shape {
    var request: [UInt8]
    /// For SNI and verification; nil: the group's.
    var host: String?
    /// In HTTP/2; nil: the group's.
    var streamed: HTTP2Request?
  }

  /// What was counted of the same check goes on.
  mutating func count(for upstream: UpstreamName?, _ checker: Checker) {
    guard let upstream else {
      statistics = nil
      return
    }
    let isSame = statistics.map {
      $0.upstream == upstream && $0.check == checker.name && $0.kind == checker.kind
    }
    if isSame == true { return }
    statistics = ProbeStatistics.Group(
      upstream: upstream, check: checker.name, kind: checker.kind, tally: ProbeTally(), inFlight: 0)
  }

  /// The number of what a peer with these overrides has otherwise.
  mutating func shape(of overrides: PeerOverrides?) -> Int32 {
    guard let overrides, overrides.changesRequest && parts != nil || overrides.host != nil else { return 0 }
    if let number = shapeNumbers[overrides] { return number }
    shapes.append(
      Shape(
        request: parts?.bytes(overrides) ?? request, host: overrides.host,
        streamed: stream?.request(overrides)))
    let number = Int32(shapes.count)
    shapeNumbers[overrides] = number
    return number
  }

  func request(_ shape: Int32) -> [UInt8] { shaped(shape)?.request ?? request }

  func streamed(_ shape: Int32, _ plan: StreamPlan) -> HTTP2Request {
    shaped(shape)?.streamed ?? plan.request
  }

  func host(_ shape: Int32) -> String? { shaped(shape)?.host }

  /// Nil: it has what the group has. So it is with a number that another order has made void.
  private func shaped(_ shape: Int32) -> Shape? {
    shapes.indices.contains(Int(shape) - 1) ? shapes[Int(shape) - 1] : nil
  }
}
