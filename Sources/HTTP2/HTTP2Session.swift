import CNghttp2

/// One connection of HTTP/2 with one request, without the connection: bytes of the peer go in, bytes for the peer and
/// what it answers come out. It reads no socket and no clock, and never waits. Not to be used by two threads.
package final class HTTP2Session {
  /// Bytes of memory that the library takes for one connection at most; a usual one takes 27,000.
  package static let mostMemory = 256 * 1024
  /// Bytes of all fields of an answer, trailers included.
  package static let mostHeaderBytes = 16 * 1024
  /// Frames of one connection that are no part of the body: settings, pings, windows, headers.
  package static let mostFrames = 256
  /// Bytes of what is no HTTP/2 that are kept to be shown.
  package static let longestStart = 64
  /// What the library is told so that it goes no further.
  static let stop = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

  private let request: HTTP2Request
  private let mostBytes: Int
  private let memory: HTTP2Memory
  private let library: HTTP2Library
  private var session: OpaquePointer?
  private var bodySent = 0
  private var outbound: [UInt8] = []
  private var events: [HTTP2Event] = []
  /// The block of fields that is coming.
  private var fields: [HTTP2Field] = []
  private var status: UInt16 = 0
  private var headerBytes = 0
  private var frames = 0
  private var bytes = 0
  private var cutter = FrameCutter()
  /// What has come before the peer's settings, which are the first thing that it says.
  private var start: [UInt8] = []
  private var hasHead = false
  private var isLeaving = false

  /// Bytes that the library has taken for this connection by now.
  package var memoryTaken: Int { memory.used }

  /// The peer speaks HTTP/2.
  package private(set) var isSettled = false
  /// The answer is here whole.
  package private(set) var hasEnded = false
  /// The first that went wrong; what had come before it is among the events.
  package private(set) var failure: HTTP2Failure?

  /// - Parameters:
  ///   - mostBytes: of all that the peer sends; more is a failure.
  ///   - mostMemory: bytes that the library may take for it; less than 27,000 are too few to begin.
  /// - Returns: nil: there is no memory.
  package init?(
    _ request: HTTP2Request, mostBytes: Int, mostMemory: Int = HTTP2Session.mostMemory,
    of library: HTTP2Library
  ) {
    self.request = request
    self.mostBytes = mostBytes
    self.library = library
    memory = HTTP2Memory(most: mostMemory)
    var functions = memory.functions
    guard let callbacks = library.callbacks, let options = library.options,
      nghttp2_session_client_new3(
        &session, callbacks, Unmanaged.passUnretained(self).toOpaque(), options, &functions) == 0,
      ask()
    else { return nil }
    collect()
  }

  deinit { nghttp2_session_del(session) }

  static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
    user.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
  }

  private func ask() -> Bool {
    let settings = [
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
        value: UInt32(Self.mostHeaderBytes)),
    ]
    guard nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count) == 0
    else { return false }
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, _, target, room, flags, _, user in
      HTTP2Session.of(user)?.give(target, room, flags) ?? Int(HTTP2Session.stop)
    }
    let number = FieldPointers.with(request.fields) { pointers, count in
      request.body.isEmpty
        ? nghttp2_submit_request(session, nil, pointers, count, nil, nil)
        : nghttp2_submit_request(session, nil, pointers, count, &provider, nil)
    }
    return number > 0
  }

  // MARK: Outward

  /// What is for the peer, and has not been taken.
  package func takeOutbound() -> [UInt8] {
    defer { outbound = [] }
    return outbound
  }

  package var hasOutbound: Bool { !outbound.isEmpty }

  /// Tells the peer, where it is still answering, that nobody listens any more.
  package func leave() {
    guard !hasEnded, failure == nil, !isLeaving else { return }
    isLeaving = true
    nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 1, NGHTTP2_CANCEL.rawValue)
    // Once the library has said that it goes, it says nothing of what it leaves behind.
    collect()
    nghttp2_session_terminate_session(session, NGHTTP2_NO_ERROR.rawValue)
    collect()
  }

  private func give(
    _ target: UnsafeMutablePointer<UInt8>?, _ room: Int, _ flags: UnsafeMutablePointer<UInt32>?
  ) -> Int {
    let count = min(room, request.body.count - bodySent)
    request.body.withUnsafeBufferPointer { body in
      if count > 0, let from = body.baseAddress { target?.update(from: from + bodySent, count: count) }
    }
    bodySent += count
    if bodySent == request.body.count { flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
    return count
  }

  /// Takes from the library what it has to say.
  private func collect() {
    var data: UnsafePointer<UInt8>?
    while true {
      let count = nghttp2_session_mem_send(session, &data)
      guard count != 0 else { return }
      guard count > 0 else { return fail(count) }
      outbound += UnsafeBufferPointer(start: data, count: count)
    }
  }

  // MARK: Inward

  /// What has come of the answer since the last call.
  package func takeEvents() -> [HTTP2Event] {
    defer { events = [] }
    return events
  }

  /// Takes the next bytes of the peer; `takeEvents` and `failure` tell what they say. What comes after a failure, or after
  /// the end of the answer, is passed over.
  package func receive(_ piece: UnsafeBufferPointer<UInt8>) {
    guard failure == nil, !hasEnded, !piece.isEmpty else { return }
    if !isSettled { start += piece.prefix(Self.longestStart - start.count) }
    bytes += piece.count
    if bytes > mostBytes {
      failure = .tooMuch("more than \(mostBytes) bytes")
      return
    }
    var at = 0
    while failure == nil, !hasEnded,
      let count = cutter.next(piece, &at, { nghttp2_session_mem_recv(session, $0.baseAddress, $0.count) })
    {
      guard count >= 0 else { return fail(count) }
      collect()
    }
  }

  /// The peer has closed; nil: it speaks HTTP/2, and the answer is not whole.
  package func end() -> HTTP2Failure? {
    failure ?? (isSettled || start.isEmpty ? nil : .foreign(start))
  }

  /// - Parameter code: the library's.
  private func fail(_ code: Int) {
    if memory.isFull {
      fail(.tooMuch("more than \(memory.most) bytes of memory"))
    } else if code == Int(NGHTTP2_ERR_FLOODED.rawValue) || code == Int(NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue)
    {
      fail(.tooMuch("a flood of frames"))
    } else {
      fail(.broken(Self.words(Int32(clamping: code))))
    }
  }

  private func fail(_ what: HTTP2Failure) {
    guard failure == nil, !isLeaving, !hasEnded else { return }
    if case .broken = what, !isSettled {
      failure = .foreign(start)
    } else {
      failure = what
    }
  }

  /// In the library's words, without its capitals.
  private static func words(_ code: Int32) -> String {
    guard let text = nghttp2_strerror(code) else { return "error \(code)" }
    let words = String(cString: text)
    return words.dropFirst().first?.isUppercase == true
      ? words : words.prefix(1).lowercased() + words.dropFirst()
  }

  private static func name(_ code: UInt32) -> String {
    nghttp2_http2_strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}

// What the library calls.
extension HTTP2Session {
  func began(_ header: UnsafePointer<nghttp2_frame_hd>?) -> Int32 {
    guard let header, header.pointee.type != UInt8(NGHTTP2_DATA.rawValue) else { return 0 }
    frames += 1
    guard frames > Self.mostFrames else { return 0 }
    fail(.tooMuch("more than \(Self.mostFrames) frames that are no body"))
    return Self.stop
  }

  func fieldsBegan() -> Int32 {
    fields = []
    status = 0
    return 0
  }

  func field(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Int32 {
    // As HTTP/2 counts them (RFC 9113, 6.5.2).
    headerBytes += name.count + value.count + 32
    guard headerBytes <= Self.mostHeaderBytes else {
      fail(.headersTooLong)
      return Self.stop
    }
    if name.first == UInt8(ascii: ":") {
      // Three digits: the library has looked.
      status = value.reduce(0) { $0 &* 10 &+ UInt16($1 &- 48) }
    } else {
      fields.append(HTTP2Field(name: String(decoding: name, as: UTF8.self), value: Array(value)))
    }
    return 0
  }

  func body(_ data: UnsafeBufferPointer<UInt8>) -> Int32 {
    if failure == nil, !data.isEmpty { events.append(.body(Array(data))) }
    return 0
  }

  func received(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
    guard let frame, failure == nil else { return 0 }
    let header = frame.pointee.hd
    switch UInt32(header.type) {
    case NGHTTP2_SETTINGS.rawValue: isSettled = true
    case NGHTTP2_HEADERS.rawValue: fieldsEnded()
    case NGHTTP2_RST_STREAM.rawValue:
      let code = frame.pointee.rst_stream.error_code
      let isRefusal = code == NGHTTP2_REFUSED_STREAM.rawValue
      if !hasEnded {
        fail(isRefusal ? .refused("RST_STREAM \(Self.name(code))") : .broken("RST_STREAM \(Self.name(code))"))
      }
    case NGHTTP2_GOAWAY.rawValue: wentAway(frame.pointee.goaway)
    default: break
    }
    let isBody =
      UInt32(header.type) == NGHTTP2_DATA.rawValue || UInt32(header.type) == NGHTTP2_HEADERS.rawValue
    if isBody, UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0, failure == nil, !hasEnded {
      hasEnded = true
      events.append(.end)
    }
    return 0
  }

  private func fieldsEnded() {
    if status == 0 {
      events.append(.trailers(fields))
    } else if status >= 200, !hasHead {
      hasHead = true
      events.append(.head(status: status, fields))
    }
    fields = []
  }

  private func wentAway(_ frame: nghttp2_goaway) {
    let code = frame.error_code
    var words = "GOAWAY \(Self.name(code))"
    if frame.opaque_data_len > 0, let data = frame.opaque_data {
      words +=
        ": "
        + String(
          decoding: UnsafeBufferPointer(start: data, count: min(frame.opaque_data_len, 100)), as: UTF8.self)
    }
    if code != NGHTTP2_NO_ERROR.rawValue {
      fail(.broken(words))
    } else if frame.last_stream_id < 1 {
      fail(.refused(words))
    }
  }

  /// A frame is not as it should be.
  func refused(_ code: Int32) -> Int32 {
    fail(Int(code))
    return 0
  }

  /// The library tells the peer that it is in the wrong.
  func sent(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
    guard let frame else { return 0 }
    switch UInt32(frame.pointee.hd.type) {
    case NGHTTP2_RST_STREAM.rawValue
    where frame.pointee.hd.stream_id == 1 && frame.pointee.rst_stream.error_code != NGHTTP2_NO_ERROR.rawValue:
      fail(.broken(Self.name(frame.pointee.rst_stream.error_code)))
    case NGHTTP2_GOAWAY.rawValue where frame.pointee.goaway.error_code != NGHTTP2_NO_ERROR.rawValue:
      let frame = frame.pointee.goaway
      let reason = UnsafeBufferPointer(start: frame.opaque_data, count: frame.opaque_data_len)
      fail(.broken(reason.isEmpty ? Self.name(frame.error_code) : String(decoding: reason, as: UTF8.self)))
    default: break
    }
    return 0
  }
}
