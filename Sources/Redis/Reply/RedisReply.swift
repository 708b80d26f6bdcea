/// A reply, or a part of one. It holds all of the reply that it is a part of.
package struct RedisReply: Sendable {
  package enum Kind: UInt8, Sendable {
    case null, status, string, integer, array, error
  }

  let arena: ReplyArena
  let node: ReplyNode

  init(_ arena: ReplyArena, node: Int) {
    self.arena = arena
    self.node = arena[node]
  }

  package var kind: Kind { node.kind }

  package var isNull: Bool { node.kind == .null }

  /// An integer reply; nil for any other, even if it is a text of digits.
  package var integer: Int? { node.kind == .integer ? node.value : nil }

  /// An integer reply, or a text of decimal digits with or without a minus: hashes hold numbers as texts.
  package var number: Int? {
    switch node.kind {
    case .integer: node.value
    case .string, .status: withBytes(Decimal.parse) ?? nil
    default: nil
    }
  }

  /// A status or a string, ill-formed UTF-8 repaired; nil for any other kind.
  package var string: String? {
    withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// A status or a string as it came; nil for any other kind.
  package var bytes: [UInt8]? {
    withBytes { [UInt8]($0) }
  }

  /// The length of a status or a string; nil for any other kind.
  package var byteCount: Int? {
    node.kind == .string || node.kind == .status ? Int(node.length) : nil
  }

  /// A status or a string without a copy, valid only in `body`; nil for any other kind.
  package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
    guard node.kind == .string || node.kind == .status else { return nil }
    return withExtendedLifetime(arena) { body(arena.text(node)) }
  }

  /// The elements of an array; none for any other kind.
  package var elements: RedisElements {
    RedisElements(arena, node.kind == .array ? node.value..<node.value + Int(node.length) : 0..<0)
  }

  /// An array taken two by two, as HGETALL answers: name, value. A last one without a partner is left out.
  package var pairs: RedisPairs { RedisPairs(elements: elements) }

  /// An error inside an array, as EXEC gives them; nil for any other kind.
  package var error: RedisError? {
    guard node.kind == .error else { return nil }
    if let bytes = node.passedLimit { return .replyTooLarge("it has more than \(bytes) bytes") }
    return ServerErrorText.error(String(decoding: arena.text(node), as: UTF8.self))
  }

  /// The reply itself, unless it is an error.
  package var result: Result<RedisReply, RedisError> {
    error.map { .failure($0) } ?? .success(self)
  }
}

extension RedisReply: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Kind and size, not the content, which may be a secret.
  package var description: String {
    switch node.kind {
    case .null: "null"
    case .integer: "integer"
    case .status: "status"
    case .string: "string of \(node.length) bytes"
    case .error: "error"
    case .array: "array of \(node.length)"
    }
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["reply": description]) }
}
