/// Frames of HTTP/2 as servers send them, good and bad, byte by byte.
package enum Frames {
  package enum Kind: UInt8, Sendable, CaseIterable {
    case data, headers, priority, reset, settings, push, ping, goAway, window, continuation
  }

  package static let endStream: UInt8 = 1
  /// Of settings and pings.
  package static let acknowledged: UInt8 = 1
  package static let endHeaders: UInt8 = 4
  /// What a client says first.
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// - Parameter length: told in place of the payload's own.
  package static func frame(
    _ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, length: Int? = nil, _ payload: [UInt8] = []
  ) -> [UInt8] {
    let count = UInt32(length ?? payload.count)
    return [
      UInt8(truncatingIfNeeded: count >> 16), UInt8(truncatingIfNeeded: count >> 8),
      UInt8(truncatingIfNeeded: count), kind, flags,
    ]
      + number(stream) + payload
  }

  package static func frame(
    _ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []
  ) -> [UInt8] {
    frame(kind.rawValue, flags: flags, stream: stream, payload)
  }

  /// - Parameter entries: identifiers and values.
  package static func settings(_ entries: [(UInt16, UInt32)] = []) -> [UInt8] {
    frame(.settings, entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xff)] + number($0.1) })
  }

  /// The answer to the one request; each field as it is, none of them compressed.
  package static func headers(
    _ fields: KeyValuePairs<String, String>, isLast: Bool = false, stream: UInt32 = 1
  ) -> [UInt8] {
    frame(.headers, flags: endHeaders | (isLast ? endStream : 0), stream: stream, block(fields))
  }

  package static func data(_ bytes: [UInt8], isLast: Bool = false, stream: UInt32 = 1) -> [UInt8] {
    frame(.data, flags: isLast ? endStream : 0, stream: stream, bytes)
  }

  package static func reset(_ code: UInt32, stream: UInt32 = 1) -> [UInt8] {
    frame(.reset, stream: stream, number(code))
  }

  package static func goAway(_ code: UInt32, last: UInt32 = 0, _ words: String = "") -> [UInt8] {
    frame(.goAway, number(last) + number(code) + Array(words.utf8))
  }

  /// Fields as literals that nobody is to remember (RFC 7541, 6.2.2).
  package static func block(_ fields: KeyValuePairs<String, String>) -> [UInt8] {
    fields.flatMap { [0] + text($0.key) + text($0.value) }
  }

  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var length: [UInt8] = [127]
    var rest = bytes.count - 127
    while rest >= 0x80 {
      length.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
  }
}

// What gRPC's health service says.
extension Frames {
  /// - Parameter status: 1 is SERVING, 2 NOT_SERVING.
  package static func health(_ status: UInt8) -> [UInt8] {
    headers([":status": "200", "content-type": "application/grpc"])
      + data(status == 0 ? [0, 0, 0, 0, 0] : [0, 0, 0, 0, 2, 8, status])
      + headers(["grpc-status": "0"], isLast: true)
  }
}
