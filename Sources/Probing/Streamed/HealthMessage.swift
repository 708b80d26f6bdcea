/// The two messages of `grpc.health.v1` as gRPC sends them: a byte that says whether it is compressed, four of length,
/// and Protocol Buffers of a single field.
package enum HealthMessage {
  /// Bytes of an answer's message that are read.
  static let longest = 1024
  static let prefix = 5

  /// - Parameter service: empty: the whole server.
  package static func request(_ service: String) -> [UInt8] {
    let name = Array(service.utf8)
    // A text that is empty is left out.
    let message = name.isEmpty ? [] : [0x0a] + varint(UInt64(name.count)) + name
    let count = UInt32(message.count)
    return [0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * UInt32($0))) } + message
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  package enum Reading: Hashable, Sendable {
    /// The number of the status: 1 is SERVING.
    case status(UInt64)
    /// What it is instead, as a clause.
    case malformed(String)
  }

  /// Reads the one message of an answer, from its prefix on.
  package static func status(in bytes: [UInt8]) -> Reading {
    guard bytes.count >= prefix else { return .malformed("no message") }
    guard bytes[0] == 0 else { return .malformed("a message that is compressed") }
    let length = bytes[1..<prefix].reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count - prefix == length else {
      return .malformed("a message of \(length) bytes in \(bytes.count - prefix)")
    }
    var fields = FieldReader(bytes[prefix...])
    // One that is left out is 0; of several the last counts.
    var status: UInt64 = 0
    while let field = fields.next() {
      if field.number == 1, let value = field.value { status = value }
    }
    return fields.isBroken ? .malformed("a message that is no health status") : .status(status)
  }

  /// As the messages of `grpc.health.v1` name them.
  static func name(_ status: UInt64) -> String {
    switch status {
    case 0: "UNKNOWN"
    case 1: "SERVING"
    case 2: "NOT_SERVING"
    case 3: "SERVICE_UNKNOWN"
    default: "status \(status)"
    }
  }
}

/// Goes through the fields of a message of Protocol Buffers; those that are no number are passed over.
private struct FieldReader {
  private var rest: ArraySlice<UInt8>
  private(set) var isBroken = false

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (number: UInt64, value: UInt64?)? {
    guard !rest.isEmpty, !isBroken else { return nil }
    guard let key = varint(), key >> 3 > 0 else { return broken() }
    switch key & 7 {
    case 0:
      guard let value = varint() else { return broken() }
      return (key >> 3, value)
    case 1: return passed(8, key)
    case 2:
      guard let count = varint() else { return broken() }
      return passed(count, key)
    case 5: return passed(4, key)
    default: return broken()
    }
  }

  private mutating func passed(_ count: UInt64, _ key: UInt64) -> (UInt64, UInt64?)? {
    guard count <= UInt64(rest.count) else { return broken() }
    rest = rest.dropFirst(Int(count))
    return (key >> 3, nil)
  }

  private mutating func broken() -> (UInt64, UInt64?)? {
    isBroken = true
    return nil
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
